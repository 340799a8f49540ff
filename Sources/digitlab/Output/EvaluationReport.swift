import Arguments
import DigitEvaluation
import DigitModel
import PlainText

/// What an evaluation in this process found: an object of `--json`, or text for people.
struct EvaluationReport: Encodable {
  let model: String
  /// What it was computed with.
  let precision: Precision
  /// What its scores were divided by; nil where its confidence was not fitted.
  let temperature: Float?
  let imageCount: Int
  let errorCount: Int
  let accuracy: Double
  let loss: Double
  let seconds: Double
  let imagesPerSecond: Double
  let evaluation: EvaluationSummary

  private let words: EvaluationText

  enum CodingKeys: String, CodingKey {
    case model, precision, temperature, imageCount, errorCount, accuracy, loss, seconds
    case imagesPerSecond, evaluation
  }

  init(
    _ evaluation: Evaluation, model: String, precision: Precision, confidence: Confidence?,
    seconds: Double, isTestSet: Bool
  ) {
    self.model = model
    self.precision = precision
    temperature = confidence?.temperature
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
    // 1 divides nothing: the stages of a cascade have temperatures of their own.
    let fitted = temperature.flatMap {
      $0 == 1 ? nil : ["temperature", "\($0.argument), by held-out images"]
    }
    return [["model", "\(model), \(precision.rawValue)"]] + words.facts
      + [fitted, ["throughput", speed]].compactMap { $0 }
  }

  var text: String { "\(table(facts))\n\n\(words.details)" }
}
