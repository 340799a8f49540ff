import DigitModel
import Foundation

/// The cross-entropy of the true label, by the kind of scores a network ends in.
package enum ClassificationLoss: Sendable {
  /// L = −log p_label with p = softmax(z).
  case softmax
  /// L = −log(s_label / Σs) with s = sigmoid(z): what Keras computes where sigmoid scores are
  /// given to a categorical cross-entropy that expects probabilities.
  case normalizedSigmoid

  /// What the loss of one image was, and whether the highest score had the true label.
  package struct Result {
    package var loss: Float
    package var isCorrect: Bool
  }

  /// Computes one image's loss, −Σ target · log p, and its gradient times `scale` where that is
  /// wanted.
  /// - Parameters:
  ///   - scores: what the last layer gives before its activation, one for each class.
  ///   - label: nil for an image of no digit, which needs a target.
  ///   - target: a probability for each class, Σ = 1; nil for the label alone.
  ///   - gradient: receives as many numbers as there are scores; may be `scores`.
  package func evaluate(
    scores: UnsafePointer<Float>, count: Int, label: Int?, target: UnsafePointer<Float>? = nil,
    scale: Float = 1, gradient: UnsafeMutablePointer<Float>? = nil
  ) -> Result {
    let best = (0..<count).max { scores[$0] < scores[$1] }
    let isCorrect = best == label
    let target = { (index: Int) in target?[index] ?? (index == label ? 1 : 0) }
    let loss =
      switch self {
      case .softmax: softmax(scores, count, target, scale, gradient)
      case .normalizedSigmoid: sigmoid(scores, count, target, scale, gradient)
      }
    return Result(loss: loss, isCorrect: isCorrect)
  }

  /// dL/dz = p − target. The largest score is taken off first, so that no exponential overflows.
  private func softmax(
    _ scores: UnsafePointer<Float>, _ count: Int, _ target: (Int) -> Float, _ scale: Float,
    _ gradient: UnsafeMutablePointer<Float>?
  ) -> Float {
    let largest = (0..<count).reduce(-Float.infinity) { max($0, scores[$1]) }
    let sum = (0..<count).reduce(Float(0)) { $0 + exp(scores[$1] - largest) }
    let logSum = log(sum)
    let loss = (0..<count).reduce(Float(0)) { loss, index in
      loss + target(index) * (logSum - (scores[index] - largest))
    }
    guard let gradient else { return loss }
    for index in 0..<count {
      let probability = exp(scores[index] - largest) / sum
      gradient[index] = (probability - target(index)) * scale
    }
    return loss
  }

  /// dL/dz = s(1 − s)/Σs − target · (1 − s).
  private func sigmoid(
    _ scores: UnsafePointer<Float>, _ count: Int, _ target: (Int) -> Float, _ scale: Float,
    _ gradient: UnsafeMutablePointer<Float>?
  ) -> Float {
    let sigmoid = { (score: Float) in 1 / (1 + exp(-score)) }
    let sum = (0..<count).reduce(Float(0)) { $0 + sigmoid(scores[$1]) }
    let logSum = log(sum)
    let loss = (0..<count).reduce(Float(0)) { loss, index in
      guard target(index) > 0 else { return loss }
      // log s = −log(1 + e^−z), in the form that does not overflow.
      let logScore = min(scores[index], 0) - log1p(exp(-abs(scores[index])))
      return loss + target(index) * (logSum - logScore)
    }
    guard let gradient else { return loss }
    for index in 0..<count {
      let s = sigmoid(scores[index])
      gradient[index] = (s * (1 - s) / sum - target(index) * (1 - s)) * scale
    }
    return loss
  }
}
