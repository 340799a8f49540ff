import DigitFiles
import DigitModel
import Foundation

/// Finds the temperature under which models give the labels of held-out images the highest
/// likelihood (temperature scaling; C. Guo et al., "On Calibration of Modern Neural Networks",
/// 2017).
///
/// Every candidate is computed by the model that it would make, so that what is fitted is what
/// will be served: of an ensemble the mean of its members' probabilities.
package struct TemperatureFit {
  /// A model, and images that it has not learnt from.
  package typealias HeldOut = (model: Model, images: TrainingSet)

  package let temperature: Float
  /// Of all images, at a temperature of 1 and at the one that was found.
  package let lossBefore: Double
  package let loss: Double

  private static let range: ClosedRange<Double> = log(0.05)...log(20)
  private static let tolerance = 1e-3

  /// - Throws: `ModelError` and `TrainingError` where a model cannot be used, or not with these
  ///   images.
  package init(_ heldOut: [HeldOut]) throws {
    precondition(heldOut.contains { $0.images.count > 0 }, "nothing to fit to")
    let best = try Self.minimum(in: Self.range) { logarithm in
      try Self.loss(of: heldOut, temperature: Self.rounded(logarithm))
    }
    temperature = Self.rounded(best)
    loss = try Self.loss(of: heldOut, temperature: temperature)
    lossBefore = try Self.loss(of: heldOut, temperature: 1)
  }

  /// Three decimals are as fine as the fit is.
  private static func rounded(_ logarithm: Double) -> Float {
    Float((exp(logarithm) * 1_000).rounded() / 1_000)
  }

  /// The mean cross-entropy of the labels.
  private static func loss(of heldOut: [HeldOut], temperature: Float) throws -> Double {
    var sum = 0.0
    for (model, images) in heldOut {
      let plan = try Plan(try model.dividingScores(by: temperature))
      let probabilities = try plan.probabilities(of: images.images)
      for (index, label) in images.images.labels.enumerated() {
        let probability = probabilities[index * plan.classCount + Int(label)]
        sum -= log(Double(max(probability, .leastNormalMagnitude)))
      }
    }
    return sum / Double(heldOut.reduce(0) { $0 + $1.images.count })
  }

  /// Where a function with one minimum has it (golden-section search: J. Kiefer, "Sequential
  /// Minimax Search for a Maximum", 1953).
  private static func minimum(
    in range: ClosedRange<Double>, of function: (Double) throws -> Double
  ) rethrows -> Double {
    let ratio = (5.0.squareRoot() - 1) / 2
    var (low, high) = (range.lowerBound, range.upperBound)
    var (left, right) = (high - ratio * (high - low), low + ratio * (high - low))
    var (atLeft, atRight) = (try function(left), try function(right))
    while high - low > tolerance {
      if atLeft <= atRight {
        (high, right, atRight) = (right, left, atLeft)
        left = high - ratio * (high - low)
        atLeft = try function(left)
      } else {
        (low, left, atLeft) = (left, right, atRight)
        right = low + ratio * (high - low)
        atRight = try function(right)
      }
    }
    return (low + high) / 2
  }
}
