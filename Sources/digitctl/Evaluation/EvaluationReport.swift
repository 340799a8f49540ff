import DigitEvaluation
import DigitFiles
import Measure
import PlainText

/// What an evaluation found: an object of `--json`, or a few lines for people.
struct EvaluationReport: Encodable {
  let model: String
  let modelVersion: UInt32
  /// What the model computes with; nil where no image was answered.
  let precision: String?
  let images: Int
  let correct: Int
  /// The fraction of all images that were answered, and rightly.
  let accuracy: Double
  /// Mean cross-entropy of the answered images; nil where there are none.
  let loss: Double?
  let seconds: Double
  let imagesPerSecond: Double
  /// Nil where no request was answered.
  let latency: Latency?
  let errors: [String: Int]
  let batch: Int
  let connections: Int
  let pipeline: Int
  /// Of the answered images; nil where there are none.
  let evaluation: EvaluationSummary?

  struct Latency: Encodable {
    let p50: Double
    let p90: Double
    let p99: Double
    let p999: Double
    let max: Double

    init(_ summary: LatencySummary) {
      p50 = summary.p50Microseconds
      p90 = summary.p90Microseconds
      p99 = summary.p99Microseconds
      p999 = summary.p999Microseconds
      max = summary.maximumMicroseconds
    }
  }

  private let summary: LatencySummary
  private let words: EvaluationText?

  enum CodingKeys: String, CodingKey {
    case model, precision, images, correct, accuracy, loss, seconds, errors, batch, connections
    case pipeline, evaluation
    case modelVersion = "model_version"
    case imagesPerSecond = "images_per_second"
    case latency = "latency_us"
  }

  /// - Parameter evaluation: of the answered images; nil where there are none.
  init(
    _ outcome: EvaluationRun.Outcome, _ evaluation: Evaluation?, images set: ImageSet,
    isTestSet: Bool, plan: EvaluationRun.Plan
  ) {
    model = outcome.model
    modelVersion = outcome.modelVersion
    precision = outcome.precision.map { "\($0)" }
    images = set.count
    correct = zip(outcome.labels, set.labels).count { $0 == Int($1) }
    accuracy = Double(correct) / Double(images)
    loss = evaluation?.loss
    seconds = outcome.seconds
    imagesPerSecond = Double(evaluation?.imageCount ?? 0) / outcome.seconds
    summary = LatencySummary(outcome.latencies)
    latency = summary.count == 0 ? nil : Latency(summary)
    errors = outcome.errors
    batch = plan.batch
    connections = plan.connections
    pipeline = plan.pipeline
    self.evaluation = evaluation.map { EvaluationSummary($0, isTestSet: isTestSet) }
    words = evaluation.map { EvaluationText($0, isTestSet: isTestSet) }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(model, forKey: .model)
    try container.encode(modelVersion, forKey: .modelVersion)
    try container.encode(precision, forKey: .precision)
    try container.encode(images, forKey: .images)
    try container.encode(correct, forKey: .correct)
    try container.encode(accuracy, forKey: .accuracy)
    // A null where there is no loss, so that the key is always there.
    try container.encode(loss, forKey: .loss)
    try container.encode(seconds, forKey: .seconds)
    try container.encode(imagesPerSecond, forKey: .imagesPerSecond)
    try container.encode(latency, forKey: .latency)
    try container.encode(errors, forKey: .errors)
    try container.encode(batch, forKey: .batch)
    try container.encode(connections, forKey: .connections)
    try container.encode(pipeline, forKey: .pipeline)
    try container.encode(evaluation, forKey: .evaluation)
  }

  var title: String {
    "\(model) version \(modelVersion)" + (precision.map { ", \($0)" } ?? "")
  }

  /// Rows of a name and a value.
  var facts: [[String]] {
    var rows = [["model", title]]
    rows += words?.facts ?? [["accuracy", "unknown: no image was answered"]]
    rows += [
      ["throughput", "\(Int(imagesPerSecond)) images/s over \(fixed(seconds, 2)) s"],
      ["latency", summary.count == 0 ? "unknown" : "\(summary)"],
      [
        "requests of",
        "\(counted(batch, "image")), \(inFlightText(pipeline, connections: connections))",
      ],
    ]
    for (code, count) in errors.sorted(by: { $0.key < $1.key }) {
      rows.append(["unanswered", "\(counted(count, "image")): \(code)"])
    }
    return rows
  }

  var text: String { table(facts) + "\n" + (words.map { "\n\($0.details)" } ?? "") }
}
