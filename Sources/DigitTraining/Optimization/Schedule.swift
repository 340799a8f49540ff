import Foundation

/// How the learning rate changes from the first step to the last.
package struct Schedule: Codable, Equatable, Sendable {
  package enum Shape: String, Codable, CaseIterable, Sendable { case constant, cosine }

  package var shape: Shape
  /// The fraction of all steps in which the rate rises from zero in a straight line.
  package var warmUp: Double

  package init(_ shape: Shape, warmUp: Double = 0) {
    self.shape = shape
    self.warmUp = warmUp
  }

  /// The factor of the learning rate, 0…1. Cosine: Loshchilov and Hutter, ICLR 2017.
  /// - Parameter progress: the fraction of all steps that is done, 0..<1.
  package func factor(progress: Double) -> Double {
    if progress < warmUp { return progress / warmUp }
    switch shape {
    case .constant: return 1
    case .cosine: return (1 + cos(.pi * (progress - warmUp) / (1 - warmUp))) / 2
    }
  }
}
