import Measure

/// All figures of an evaluation, as JSON: every key is one word, and one without a
/// value is null.
package struct EvaluationSummary: Encodable, Sendable {
  let images: Int
  let errors: Errors
  let accuracy: Double
  /// Of the accuracy, with 95 % confidence.
  let interval: WilsonInterval
  let loss: Double
  /// Of the MNIST test set; empty for any other.
  let halves: [Half]
  let classes: [ConfusionMatrix.ClassScore]
  /// A row for each true digit, a column for each one read.
  let confusion: [[Int]]
  let confused: [ConfusionMatrix.Confusion]
  let calibration: Calibration
  let mistakes: [Mistake]

  struct Errors: Encodable, Sendable {
    let count: Int
    let rate: Double
  }

  struct Half: Encodable, Sendable {
    let name: String
    /// Indices in the set.
    let first: Int
    let last: Int
    let images: Int
    let errors: Errors
    let accuracy: Double
    let interval: WilsonInterval
  }

  package init(_ evaluation: Evaluation, isTestSet: Bool) {
    let matrix = ConfusionMatrix(evaluation)
    images = evaluation.imageCount
    errors = Errors(evaluation.score)
    accuracy = evaluation.accuracy
    interval = evaluation.score.interval
    loss = evaluation.loss
    halves = isTestSet ? TestHalf.allCases.compactMap { Half($0, of: evaluation) } : []
    classes = matrix.classes
    confusion = matrix.counts
    confused = matrix.confusions
    calibration = Calibration(evaluation)
    mistakes = evaluation.mistakes
  }
}

extension EvaluationSummary.Errors {
  init(_ score: Score) { self.init(count: score.errorCount, rate: score.errorRate) }
}

extension EvaluationSummary.Half {
  /// Nil where the evaluation saw no image of the half.
  init?(_ half: TestHalf, of evaluation: Evaluation) {
    guard let score = evaluation.score(in: half.indices) else { return nil }
    self.init(
      name: half.rawValue, first: half.indices.lowerBound, last: half.indices.upperBound - 1,
      images: score.imageCount, errors: .init(score), accuracy: score.accuracy,
      interval: score.interval)
  }
}

extension ConfusionMatrix.ClassScore: Encodable {
  enum CodingKeys: String, CodingKey {
    case label, precision, recall, f1
    case imageCount = "images"
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(label, forKey: .label)
    try container.encode(imageCount, forKey: .imageCount)
    try container.encode(precision, forKey: .precision)
    try container.encode(recall, forKey: .recall)
    try container.encode(f1, forKey: .f1)
  }
}

extension Calibration: Encodable {
  enum CodingKeys: String, CodingKey {
    case bins
    case expectedError = "ece"
    case meanConfidence = "confidence"
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(expectedError, forKey: .expectedError)
    try container.encode(meanConfidence, forKey: .meanConfidence)
    try container.encode(bins, forKey: .bins)
  }
}

extension Calibration.Bin: Encodable {
  enum CodingKeys: String, CodingKey {
    case lower, upper, confidence, accuracy
    case imageCount = "images"
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(lower, forKey: .lower)
    try container.encode(upper, forKey: .upper)
    try container.encode(imageCount, forKey: .imageCount)
    try container.encode(confidence, forKey: .confidence)
    try container.encode(accuracy, forKey: .accuracy)
  }
}
