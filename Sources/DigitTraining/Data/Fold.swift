import DigitFiles

/// One of several equal parts of the training images that settings are chosen by: `2/5` learns
/// from four fifths and is measured on the second.
///
/// The parts are drawn once and for all, whatever the seed, so that trainings can be compared.
/// Every image is held out in exactly one of them.
package struct Fold: Equatable, Sendable {
  /// From 1.
  package let number: Int
  package let count: Int

  /// Nil unless 1 ≤ number ≤ count and count ≥ 2.
  package init?(number: Int, of count: Int) {
    guard count >= 2, (1...count).contains(number) else { return nil }
    self.number = number
    self.count = count
  }

  private static let seed: UInt64 = 0x666f_6c64

  /// The images to learn from and those held out, each in their old order.
  package func split(_ set: TrainingSet) -> (training: TrainingSet, validation: TrainingSet) {
    var random = RandomSource(seed: Self.seed)
    let order = random.shuffledIndices(set.count)
    let isHeldOut = { (place: Int) in place % count == number - 1 }
    let parts = [false, true].map { heldOut in
      set.subset(order.indices.filter { isHeldOut($0) == heldOut }.map { order[$0] }.sorted())
    }
    return (parts[0], parts[1])
  }
}
