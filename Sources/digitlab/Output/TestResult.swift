import DigitTraining
import PlainText

/// How a model does on the MNIST test set, whose halves differ: the first 5,001 images were
/// written by school students and are harder than those of the Census clerks.
struct TestResult: Codable, Equatable, CustomStringConvertible {
  var imageCount: Int
  var errorCount: Int
  var accuracy: Double
  /// Mean cross-entropy of the true label.
  var loss: Double
  var studentsAccuracy: Double
  var clerksAccuracy: Double

  private static let studentCount = 5_001

  init(_ evaluation: Evaluation) {
    imageCount = evaluation.imageCount
    errorCount = evaluation.errorIndices.count
    accuracy = evaluation.accuracy
    loss = evaluation.loss
    studentsAccuracy = evaluation.accuracy(in: 0..<Self.studentCount)
    clerksAccuracy = evaluation.accuracy(in: Self.studentCount..<evaluation.imageCount)
  }

  var description: String {
    "\(percent(accuracy)) of \(imageCount) images right (\(errorCount) wrong), "
      + "loss \(fixed(loss, 4)); students \(percent(studentsAccuracy)), "
      + "clerks \(percent(clerksAccuracy))"
  }
}
