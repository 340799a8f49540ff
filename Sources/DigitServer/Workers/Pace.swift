/// How long batches really take, compared with what was measured when their model was loaded:
/// neighbours on the machine, caches and clock rates make the difference, for all models alike.
///
/// A moving average over about sixteen batches.
package struct Pace: Equatable, Sendable {
  /// Real time divided by expected time.
  package private(set) var factor = 1.0

  private static let weight = 1.0 / 16
  /// A batch that was held up for a moment is no sign that the next one will be.
  private static let factorRange = 0.25...8.0

  package init() {}

  init(factor: Double) { self.factor = factor }

  package mutating func note(expectedNanoseconds: UInt64, tookNanoseconds: UInt64) {
    guard expectedNanoseconds > 0 else { return }
    let ratio = Double(tookNanoseconds) / Double(expectedNanoseconds)
    let clamped = min(max(ratio, Self.factorRange.lowerBound), Self.factorRange.upperBound)
    factor += (clamped - factor) * Self.weight
  }

  package func nanoseconds(expected: UInt64) -> UInt64 { UInt64(Double(expected) * factor) }
}
