import Arguments
import DigitEvaluation
import DigitFiles
import DigitModel
import DigitTraining
import Foundation
import PlainText

/// `digitlab evaluate` as typed.
struct EvaluateOptions {
  var model = ""
  var models = "Models"
  var images: String?
  var labels: String?
  var data: String?
  var limit: Int?
  var predictions: String?
  var probabilities: String?
  var json = false
}

/// `digitlab evaluate`: runs a model over labelled images in this process.
struct EvaluateJob: Job {
  let options: EvaluateOptions

  /// What `--json` prints.
  struct Report: Codable {
    var model: String
    var imageCount: Int
    var errorCount: Int
    var accuracy: Double
    var loss: Double
    var seconds: Double
    var imagesPerSecond: Double
  }

  func run() throws {
    let images = try readImages()
    let plan = try Plan(try Model(named: options.model, in: options.models))
    let start = ContinuousClock.now
    let probabilities = try plan.probabilities(of: images)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let evaluation = Evaluation(probabilities: probabilities, labels: images.labels)
    try writeFiles(evaluation, probabilities)
    let report = Report(
      model: options.model, imageCount: evaluation.imageCount,
      errorCount: evaluation.errorCount, accuracy: evaluation.accuracy,
      loss: evaluation.loss, seconds: seconds, imagesPerSecond: Double(images.count) / seconds)
    try show(report)
  }

  private func readImages() throws -> ImageSet {
    let images = try DataFolder(options.data).images(
      options.images, options.labels, command: "evaluate")
    return options.limit.map(images.prefix) ?? images
  }

  /// `index label` lines, and float32 little-endian count × classes.
  private func writeFiles(_ evaluation: Evaluation, _ probabilities: [Float]) throws {
    if let path = options.predictions {
      let lines = evaluation.predictions.enumerated().map { "\($0) \($1)\n" }
      try writeAtomically(Data(lines.joined().utf8), to: path)
    }
    if let path = options.probabilities {
      var bytes: [UInt8] = []
      bytes.reserveCapacity(4 * probabilities.count)
      for value in probabilities {
        for shift in stride(from: 0, to: 32, by: 8) {
          bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift))
        }
      }
      try writeAtomically(Data(bytes), to: path)
    }
  }

  private func show(_ report: Report) throws {
    guard options.json else {
      say(
        "\(report.model): \(percent(report.accuracy)) of \(report.imageCount) images right "
          + "(\(report.errorCount) wrong), loss \(fixed(report.loss, 4)), "
          + "\(Int(report.imagesPerSecond)) images/s")
      return
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    say(String(decoding: try encoder.encode(report), as: UTF8.self))
  }
}

extension EvaluateJob {
  static var command: Command<any Job> {
    Command(
      "evaluate", summary: "Measure a model on labelled images, without a server.",
      discussion: """
        Example:
          digitlab evaluate --model cnn-28 --predictions cnn-28.txt
        """,
      defaults: EvaluateOptions(), parameters: parameters, make: EvaluateJob.init)
  }

  private static var parameters: [Parameter<EvaluateOptions>] {
    [
      .option(
        "--model", into: \.model, value: "NAME", required: true,
        help: "The model: a name in the models folder, or a .safetensors file."),
      .option("--models", into: \.models, value: "DIR", help: "The models folder."),
      .option(
        "--images", into: \.images, value: "FILE",
        help: "An IDX file of images, plain or gzipped; the MNIST test set unless given."),
      .option("--labels", into: \.labels, value: "FILE", help: "The labels of --images."),
      .option(
        "--data", into: \.data, value: "DIR",
        help: "The folder of the MNIST files; where ./dev fetch-mnist puts them unless given."),
      .option(
        "--limit", into: \.limit, value: "N", in: 1...100_000_000,
        help: "Use only the first N images."),
      .option(
        "--predictions", into: \.predictions, value: "FILE",
        help: "Write a line \"index label\" for each image."),
      .option(
        "--probabilities", into: \.probabilities, value: "FILE",
        help: "Write all probabilities as little-endian float32, one row for each image."),
      .flag("--json", into: \.json, help: "Print the result as one line of JSON."),
    ]
  }
}
