import DigitEvaluation
import DigitFiles
import DigitModel
import DigitTraining
import PlainText

/// How a model reads test images.
struct TestResult: Codable, Equatable, CustomStringConvertible {
  var imageCount: Int
  var errorCount: Int
  var accuracy: Double
  /// Mean cross-entropy of the true label.
  var loss: Double
  /// Of the two groups of writers of the MNIST test set; nil for any other.
  var studentsAccuracy: Double?
  var clerksAccuracy: Double?

  /// - Parameter isTestSet: whether these are the MNIST test images.
  init(_ evaluation: Evaluation, isTestSet: Bool) {
    imageCount = evaluation.imageCount
    errorCount = evaluation.errorCount
    accuracy = evaluation.accuracy
    loss = evaluation.loss
    guard isTestSet else { return }
    studentsAccuracy = evaluation.score(in: TestHalf.students.indices)?.accuracy
    clerksAccuracy = evaluation.score(in: TestHalf.clerks.indices)?.accuracy
  }

  /// Of a model as it is served.
  init(of plan: Plan, _ images: ImageSet) throws {
    self.init(
      Evaluation(probabilities: try plan.probabilities(of: images), labels: images.labels),
      isTestSet: images.isMNISTTestSet)
  }

  var description: String {
    "\(percent(accuracy)) of \(imageCount) images right (\(errorCount) wrong), "
      + "loss \(fixed(loss, 4))\(halves)"
  }

  private var halves: String {
    guard let studentsAccuracy, let clerksAccuracy else { return "" }
    return "; students \(percent(studentsAccuracy)), clerks \(percent(clerksAccuracy))"
  }
}
