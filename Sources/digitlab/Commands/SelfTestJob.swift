import Arguments
import DigitFiles
import DigitModel
import FileAccess
import PlainText
import ProgramShell

/// `digitlab self-test`: records in a model's card what the model says of a few images.
struct SelfTestJob: Job {
  struct Options {
    var model = ""
    var models = DataPlaces.ofProcess.modelsFolder
    var data: String?
  }

  let options: Options

  func run() throws {
    let path = Model.path(options.model, in: options.models)
    let model = try Model(named: options.model, in: options.models)
    let cardPath = path.dropLast(".safetensors".count) + ".json"
    var card = try ModelCard(readingFrom: String(cardPath))
    let sum = try Model.weightsSHA256(path)
    guard card.weightsSHA256 == sum else {
      throw Failure(
        "\(cardPath): expected the card of \(path), whose SHA-256 is \(sum), "
          + "got that of other weights")
    }
    card.selfTest = try SelfTest(of: model, images: DataFolder(options.data).testImages())
    try OutputFile(String(cardPath)).write(try card.json)
    say("Wrote \(cardPath)".escaped)
  }

  static var command: Command<any Job> {
    Command(
      "self-test", summary: "Record in a model's card what it says of a few images.",
      discussion: """
        digitd computes them again when it loads the model, and refuses a file that answers \
        otherwise. digitlab train records them for the models that it makes.
        """,
      defaults: Options(),
      parameters: [
        .option(
          "--model", into: \.model, value: "NAME", required: true,
          help: "The model: a name in the models folder, or a .safetensors file."),
        .option("--models", into: \.models, value: "DIR", help: "The models folder.")
          .withDefault(DataPlaces.modelsDefault),
        .option(
          "--data", into: \.data, value: "DIR",
          help: "Folder of the MNIST files (default: where ./dev fetch-mnist puts them)."),
      ], make: SelfTestJob.init)
  }
}

extension SelfTest {
  /// So many images find what computes otherwise, and keep a card short.
  private static let recordedCount = 4

  /// Of the first images.
  init(of model: Model, images: ImageSet) throws {
    let size = images.pixelsPerImage
    let first = (0..<min(Self.recordedCount, images.count)).map { index in
      Array(images.pixels[index * size..<(index + 1) * size])
    }
    self.init(of: try Plan(model), images: first)
  }
}
