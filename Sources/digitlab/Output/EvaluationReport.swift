import DigitEvaluation
import PlainText

/// What an evaluation in this process found: an object of `--json`, or text for people.
struct EvaluationReport: Encodable {
  let model: String
  let imageCount: Int
  let errorCount: Int
  let accuracy: Double
  let loss: Double
  let seconds: Double
  let imagesPerSecond: Double
  let evaluation: EvaluationSummary

  private let words: EvaluationText

  enum CodingKeys: String, CodingKey {
    case model, imageCount, errorCount, accuracy, loss, seconds, imagesPerSecond, evaluation
  }

  init(_ evaluation: Evaluation, model: String, seconds: Double, isTestSet: Bool) {
    self.model = model
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
    return [["model", model]] + words.facts + [["throughput", speed]]
  }

  var text: String { "\(table(facts))\n\n\(words.details)" }
}
