import Arguments
import DigitModel
import FileAccess
import Foundation
import PlainText
import ProgramShell

/// `digitlab export` as typed.
struct ExportOptions {
  var model = ""
  var models = DataPlaces.ofProcess.modelsFolder
  var onnx: String?
}

/// `digitlab export`: writes a model for other engines.
struct ExportJob: Job {
  let options: ExportOptions

  func run() throws {
    let model = try Model(named: options.model, in: options.models)
    let name = URL(filePath: options.model).deletingPathExtension().lastPathComponent
    let path = options.onnx ?? "\(name).onnx"
    let output = try OutputFile(
      path, notReplacing: [Model.path(options.model, in: options.models)])
    try output.write(try model.onnx())
    guard !output.isStandardOutput else { return }
    let input = model.network.input
    say(
      "Wrote \(path.escaped): ink [batch, 1, \(input.height), \(input.width)], 0…1, to "
        + "probabilities [batch, \(model.network.classCount)]")
  }

  static var command: Command<any Job> {
    Command(
      "export", summary: "Write a model as an ONNX file, for other engines.",
      discussion: """
        The network takes floats, 0 for background and 1 for ink, and gives probabilities: the
        model's conditioning and normalization are inside. Feature maps are channels first. The \
        later stages of a cascade are in an If, and read only the images that come to them.

        Example:
          digitlab export --model cnn-28 --onnx cnn-28.onnx
        """,
      defaults: ExportOptions(), parameters: parameters, make: ExportJob.init)
  }

  private static var parameters: [Parameter<ExportOptions>] {
    [
      .option(
        "--model", into: \.model, value: "NAME", required: true,
        help: "The model: a name in the models folder, or a .safetensors file."),
      .option("--models", into: \.models, value: "DIR", help: "The models folder.")
        .withDefault(DataPlaces.modelsDefault),
      .option(
        "--onnx", into: \.onnx, value: "FILE",
        help: "Path of the ONNX file, or - for standard output (default: NAME.onnx)."),
    ]
  }
}
