import DigitEvaluation
import DigitModel
import PlainText

/// What an evaluation in this process found: an object of `--json`, or text for people.
struct EvaluationReport: Encodable {
  let model: String
  /// What it was computed with.
  let precision: Precision
  let imageCount: Int
  let errorCount: Int
  let accuracy: Double
  let loss: Double
  let seconds: Double
  let imagesPerSecond: Double
  let evaluation: EvaluationSummary

  private let words: EvaluationText

  enum CodingKeys: String, CodingKey {
    case model, precision, imageCount, errorCount, accuracy, loss, seconds, imagesPerSecond
    case evaluation
  }

  init(
    _ evaluation: Evaluation, model: String, precision: Precision, seconds: Double,
    isTestSet: Bool
  ) {
    self.model = model
    self.precision = precision
    imageCount = evaluation.imageCount
    errorCount = evaluation.errorCount
    accuracy = evaluation.accuracy
    loss = evaluation.loss
    self.seconds = seconds
    imagesPerSecond = Double(evaluation.imageCount) / seconds
    self.evaluation = EvaluationSummary(evaluation, isTestSet: isTestSet)
    words = EvaluationText(evaluation, isTestSet: isTestSet)
  }

  /// Rows of a name and a value.
  var facts: [[String]] {
    let speed = "\(Int(imagesPerSecond)) images/s over \(fixed(seconds, 2)) s"
    return [["model", "\(model), \(precision.rawValue)"]] + words.facts + [["throughput", speed]]
  }

  var text: String { "\(table(facts))\n\n\(words.details)" }
}
