/// How sure a mean is that was taken over successive, and so not independent, windows of time.
///
/// The circular block bootstrap (Politis and Romano, "A circular block-resampling procedure for
/// stationary data", 1992): series are drawn from blocks of neighbours, so that what neighbours
/// have in common stays, and the means of many such series spread as the mean itself does. Of few
/// blocks they spread less, so that the interval is stretched as Student's is beside the normal
/// one (Hesterberg, "What Teachers Should Know About the Bootstrap", 2015, section 3.4).
package struct BlockBootstrap: Sendable {
  package var resamples = 4_000
  package var confidence = Confidence.ofOne
  package var seed: UInt64 = 1

  /// Of fewer values no interval is told: series drawn from one or two hardly differ, and noise
  /// would look certain. Blocks are shorter than the series from here on.
  package static let countMin = 8

  package init() {}

  /// How often an interval shall hold.
  package struct Confidence: Sendable, Equatable {
    let part: Double
    /// Which a normal variable exceeds on either side as often as the interval fails.
    let normalQuantile: Double

    package static let ofOne = Confidence(part: 0.95, normalQuantile: 1.959_964)
    /// Of each of three that hold at once in 95 of 100 cases (Dunn, "Multiple comparisons among
    /// means", 1961).
    package static let ofEachOfThree = Confidence(part: 1 - 0.05 / 3, normalQuantile: 2.393_980)
  }

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
    return interval(estimate: average(values), count: values.count) {
      resampledMean(values, &random)
    }
  }

  /// The interval of `right`'s mean less `left`'s, of series that were taken apart; nil where one
  /// of them has fewer than `countMin` values.
  package func difference(of right: [Double], from left: [Double]) -> Interval? {
    var random = SplitMix64(seed: seed)
    guard min(left.count, right.count) >= Self.countMin else { return nil }
    let count = min(left.count, right.count)
    return interval(estimate: average(right) - average(left), count: count) {
      resampledMean(right, &random) - resampledMean(left, &random)
    }
  }

  private func interval(
    estimate: Double, count: Int, _ draw: () -> Double
  ) -> Interval {
    let means = (0..<resamples).map { _ in draw() }.sorted()
    let tail = (1 - confidence.part) / 2
    let stretch = stretch(count: count)
    let value = { (part: Double) in
      let mean = means[min(Int(part * Double(means.count)), means.count - 1)]
      return estimate + stretch * (mean - estimate)
    }
    return Interval(estimate: estimate, low: value(tail), high: value(1 - tail))
  }

  /// How much wider the interval is for there being so few blocks: Student's quantile over the
  /// normal one, and √(k / (k − 1)) for the spread of k.
  private func stretch(count: Int) -> Double {
    let blocks = Double(count) / Double(Self.blockLength(count))
    let normal = confidence.normalQuantile
    let freedom = blocks - 1
    return Self.studentQuantile(normal: normal, freedom: freedom) / normal
      * (blocks / freedom).squareRoot()
  }

  /// Student's quantile from the normal one z (Abramowitz and Stegun, 26.7.5).
  private static func studentQuantile(normal z: Double, freedom: Double) -> Double {
    let (z3, z5) = (z * z * z, z * z * z * z * z)
    let first = (z3 + z) / 4
    let second = (5 * z5 + 16 * z3 + 3 * z) / 96
    return z + first / freedom + second / (freedom * freedom)
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
      for index in first..<first + min(length, count - drawn) {
        sum += values[index % count]
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
