import DigitEvaluation
import PlainText

/// How a model does on the MNIST test set.
struct TestResult: Codable, Equatable, CustomStringConvertible {
  var imageCount: Int
  var errorCount: Int
  var accuracy: Double
  /// Mean cross-entropy of the true label.
  var loss: Double
  var studentsAccuracy: Double
  var clerksAccuracy: Double

  init(_ evaluation: Evaluation) {
    imageCount = evaluation.imageCount
    errorCount = evaluation.errorCount
    accuracy = evaluation.accuracy
    loss = evaluation.loss
    studentsAccuracy = evaluation.score(in: TestHalf.students.places)?.accuracy ?? .nan
    clerksAccuracy = evaluation.score(in: TestHalf.clerks.places)?.accuracy ?? .nan
  }

  var description: String {
    "\(percent(accuracy)) of \(imageCount) images right (\(errorCount) wrong), "
      + "loss \(fixed(loss, 4)); students \(percent(studentsAccuracy)), "
      + "clerks \(percent(clerksAccuracy))"
  }
}
