/// How sure a mean is that was taken over successive, and so not independent, windows of time.
///
/// The circular block bootstrap (Politis and Romano, "A circular block-resampling procedure for
/// stationary data", 1992): series are drawn from blocks of neighbours, so that what neighbours
/// have in common stays, and the means of many such series spread as the mean itself does.
package struct BlockBootstrap: Sendable {
  package var resamples = 4_000
  package var confidence = 0.95
  package var seed: UInt64 = 1

  /// Of fewer values no interval is told: series drawn from one or two hardly differ, and noise
  /// would look certain. Blocks are shorter than the series from here on.
  package static let countMin = 8

  package init() {}

  package struct Interval: Sendable, Equatable {
    package let estimate: Double
    package let low: Double
    package let high: Double

    package init(estimate: Double, low: Double, high: Double) {
      (self.estimate, self.low, self.high) = (estimate, low, high)
    }
  }

  /// The interval of the mean; nil where there are fewer than `countMin` values.
  package func mean(of values: [Double]) -> Interval? {
    guard values.count >= Self.countMin else { return nil }
    var random = SplitMix64(seed: seed)
    return interval(estimate: average(values)) { resampledMean(values, &random) }
  }

  /// The interval of `right`'s mean less `left`'s, of series that were taken apart; nil where one
  /// of them has fewer than `countMin` values.
  package func difference(of right: [Double], from left: [Double]) -> Interval? {
    var random = SplitMix64(seed: seed)
    guard min(left.count, right.count) >= Self.countMin else { return nil }
    return interval(estimate: average(right) - average(left)) {
      resampledMean(right, &random) - resampledMean(left, &random)
    }
  }

  private func interval(estimate: Double, _ draw: () -> Double) -> Interval {
    let means = (0..<resamples).map { _ in draw() }.sorted()
    let tail = (1 - confidence) / 2
    let place = { (part: Double) in means[min(Int(part * Double(means.count)), means.count - 1)] }
    return Interval(estimate: estimate, low: place(tail), high: place(1 - tail))
  }

  private func average(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  private func resampledMean(_ values: [Double], _ random: inout SplitMix64) -> Double {
    let count = values.count
    let length = Self.blockLength(count)
    var (sum, drawn) = (0.0, 0)
    while drawn < count {
      let first = Int.random(in: 0..<count, using: &random)
      for place in first..<first + min(length, count - drawn) {
        sum += values[place % count]
        drawn += 1
      }
    }
    return sum / Double(count)
  }

  /// ⌈n^⅓⌉, the order that is best for the spread of a mean (Künsch, 1989).
  package static func blockLength(_ count: Int) -> Int {
    var length = 1
    while length * length * length < count { length += 1 }
    return length
  }
}
