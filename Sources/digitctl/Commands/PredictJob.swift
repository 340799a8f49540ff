import Arguments
import DigitClient
import Measure

/// `digitctl predict`: what one image shows.
struct PredictJob: Job {
  struct Options: NamesServer, NamesImages, Sendable {
    var server = ServerOptions()
    var images = ImageOptions()
    var index = 0
    var model: String?
    var json = false
  }

  let options: Options

  func run() async throws -> ExitCode {
    let images = try options.images.load()
    guard options.index < images.count else {
      throw Failure("expected --index from 0 to \(images.count - 1), got \(options.index)")
    }
    let client = try await options.server.connect()
    let prediction = try await client.predict(
      ImageBatch(images.image(options.index)),
      model: options.model.map { .named($0) } ?? .serverDefault, returning: .probabilities)
    let report = Report(
      prediction, index: options.index, truth: Int(images.labels[options.index]))
    if options.json {
      try printJSON(report)
    } else {
      print(report.text(names: prediction.images.classNames))
    }
    await client.close()
    return .done
  }

  private struct Report: Encodable {
    let index: Int
    let label: Int
    let probability: Float
    let probabilities: [Float]
    let truth: Int
    let correct: Bool
    let model: String
    let modelVersion: UInt32
    let queueMicroseconds: Double
    let computeMicroseconds: Double

    enum CodingKeys: String, CodingKey {
      case index, label, probability, probabilities, truth, correct, model
      case modelVersion = "model_version"
      case queueMicroseconds = "queue_us"
      case computeMicroseconds = "compute_us"
    }

    init(_ prediction: Prediction, index: Int, truth: Int) {
      let image = prediction.images[0]
      self.index = index
      self.truth = truth
      label = image.label
      probability = image.probability
      probabilities = Array(image.probabilities)
      correct = image.label == truth
      model = prediction.model
      modelVersion = prediction.modelVersion
      queueMicroseconds = prediction.serverQueue.microseconds
      computeMicroseconds = prediction.serverCompute.microseconds
    }

    func text(names: [String]) -> String {
      let rows = zip(names, probabilities).map { name, part in
        ["  \(name)", percent(Double(part)), bar(Double(part))]
      }
      return """
        image \(index) shows \(names[label]) (\(percent(Double(probability)))); \
        the truth is \(truth): \(correct ? "right" : "wrong")
        \(table(rows))
        \(model) version \(modelVersion), \
        queue \(latencyText(microseconds: queueMicroseconds)), \
        compute \(latencyText(microseconds: computeMicroseconds))
        """
    }
  }

  static var command: Command<any Job> {
    Command(
      "predict", summary: "Ask what one image shows.",
      discussion: """
        Example:
          digitctl predict --index 7 --model cnn-28
        """,
      defaults: Options(),
      parameters: [
        .option(
          "--index", into: \.index, value: "N", in: 0...100_000_000,
          help: "Which image of the file, from 0."),
        .option(
          "--model", into: \.model, value: "NAME", help: "The server's default unless given."),
        .flag("--json", into: \.json, help: "Print one JSON object."),
      ] + Options.serverParameters + Options.imageParameters,
      make: PredictJob.init)
  }
}
