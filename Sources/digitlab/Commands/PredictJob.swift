import Arguments
import DigitEvaluation
import DigitFiles
import DigitImage
import DigitModel
import DigitTraining
import Foundation
import Measure
import PlainText
import ProgramShell

/// `digitlab predict`: what one labelled image shows, in this process.
struct PredictJob: Job {
  struct Options {
    var index: Int?
    var random = false
    var model: String?
    var models = DataPlaces.ofProcess.modelsFolder
    var images: String?
    var labels: String?
    var data: String?
    var show = false
    var json = false
  }

  let options: Options

  func run() throws {
    guard (options.index != nil) != options.random else {
      throw Misuse("expected --index or --random, and only one of them")
    }
    let images = try DataFolder(options.data).images(options.images, options.labels)
    let index = options.index ?? Int.random(in: 0..<images.count)
    guard index < images.count else {
      throw Failure("expected --index from 0 to \(images.count - 1), got \(index)")
    }
    let name = try options.model ?? Model.defaultName(in: options.models)
    let plan = try Plan(try Model(named: name, in: options.models))
    let start = ContinuousClock.now
    let probabilities = try plan.probabilities(of: images.subset([index]))
    let time = ContinuousClock.now - start
    let answer = Answer(
      reading: LabelledReading(
        index: index, probabilities: probabilities, truth: Int(images.labels[index])),
      model: name, computeMicroseconds: time.microseconds)
    if options.json { return write(try answer.json) }
    if options.show {
      say(images.image(index).halfBlocks(width: images.columns).joined(separator: "\n"))
    }
    say(answer.text)
  }

  /// What is printed: as digitctl prints it, less what only a server knows.
  private struct Answer: Encodable {
    let reading: LabelledReading
    let model: String
    let computeMicroseconds: Double

    enum CodingKeys: String, CodingKey {
      case model
      case computeMicroseconds = "compute_us"
    }

    /// One object: the reading's keys among the others.
    func encode(to encoder: any Encoder) throws {
      try reading.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(model, forKey: .model)
      try container.encode(computeMicroseconds, forKey: .computeMicroseconds)
    }

    var json: String { get throws { String(decoding: try jsonLine(self), as: UTF8.self) } }

    var text: String {
      "\(reading.text())\n\(model.escaped), "
        + "compute \(latencyText(microseconds: computeMicroseconds))"
    }
  }
}

extension PredictJob {
  static var command: Command<any Job> {
    Command(
      "predict", summary: "Ask a model what one labelled image shows, without a server.",
      discussion: """
        Prints the digit, the probability of each, and the truth, as digitctl predict does.

        Examples:
          digitlab predict --index 7
          digitlab predict --random --model cnn-28 --show
        """,
      defaults: Options(), parameters: parameters, make: PredictJob.init)
  }

  private static var parameters: [Parameter<Options>] {
    [
      .option(
        "--index", into: \.index, value: "N", in: 0...100_000_000,
        help: "Index of the image in the set, from 0."),
      .flag("--random", into: \.random, help: "A random image of the set."),
      .option(
        "--model", into: \.model, value: "NAME",
        help: "A name in the models folder, or a .safetensors file (default: as digitd has it)."),
      .option("--models", into: \.models, value: "DIR", help: "The models folder.")
        .withDefault(DataPlaces.modelsDefault),
      .option(
        "--images", into: \.images, value: "FILE",
        help: "IDX file of images, plain or gzipped (default: the MNIST test images)."),
      .option(
        "--labels", into: \.labels, value: "FILE", help: "IDX file of the labels of --images."),
      .option(
        "--data", into: \.data, value: "DIR",
        help: "Folder of the MNIST files (default: where ./dev fetch-mnist puts them)."),
      .flag("--show", into: \.show, help: "Draw the image as well."),
      .flag("--json", into: \.json, help: "Print one JSON object."),
    ]
  }
}
