/// Training that cannot begin or go on.
package enum TrainingError: Error, Equatable, CustomStringConvertible {
  case untrainable(layer: Int, reason: String)
  case wrongImageSize(expected: [Int], got: [Int])
  case noImages
  /// The loss is NaN or infinite.
  case diverged(epoch: Int, step: Int)
  case teacher(String)

  package var description: String {
    switch self {
    case .untrainable(let layer, let reason):
      "layer \(layer) cannot be trained: \(reason)"
    case .wrongImageSize(let expected, let got):
      "expected images of \(expected[0]) × \(expected[1]) pixels, "
        + "got \(got[0]) × \(got[1])"
    case .noImages:
      "expected at least one image to train on, got none"
    case .teacher(let problem):
      "teacher: \(problem)"
    case .diverged(let epoch, let step):
      "the loss became infinite or not a number in epoch \(epoch), step \(step): "
        + "try a lower learning rate"
    }
  }
}
