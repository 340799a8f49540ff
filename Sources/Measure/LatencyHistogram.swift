/// How often each latency occurred, in a fixed 30 KB and with a relative error below 0.8 %.
///
/// Log-linear buckets, as in HdrHistogram (Tene): every power of two is divided into 128 equal
/// parts, so a bucket is at most 1/128 of its values wide, and below 256 ns every value has its
/// own. Latencies beyond `limitNanoseconds` share the last bucket; count, sum, minimum and
/// maximum are exact whatever the value.
///
///     value     0 … 255     256 … 511     512 … 1023     …     2³⁵ … 2³⁶−1
///     buckets   256 of 1    128 of 2      128 of 4             128 of 2²⁸
package struct LatencyHistogram: Sendable, Equatable {
  /// Above a minute a latency is an outage, and its exact size no longer matters.
  package static let limitNanoseconds: UInt64 = 60_000_000_000

  package private(set) var count: UInt64 = 0
  package private(set) var totalNanoseconds: UInt64 = 0
  package private(set) var maximumNanoseconds: UInt64 = 0
  private var minimum = UInt64.max
  private var bucketCounts: [UInt64]

  package init() {
    bucketCounts = Array(repeating: 0, count: Self.bucketCount)
  }

  /// What another histogram held.
  init(
    filled: [(bucket: Int, count: UInt64)], total: UInt64, minimum: UInt64, maximum: UInt64
  ) {
    self.init()
    for (bucket, bucketCount) in filled {
      bucketCounts[bucket] += bucketCount
      count += bucketCount
    }
    guard count > 0 else { return }
    totalNanoseconds = total
    self.minimum = minimum
    maximumNanoseconds = maximum
  }

  /// Adds one latency. Never allocates.
  package mutating func record(nanoseconds: UInt64) {
    count += 1
    totalNanoseconds &+= nanoseconds
    minimum = min(minimum, nanoseconds)
    maximumNanoseconds = max(maximumNanoseconds, nanoseconds)
    bucketCounts[Self.bucket(of: min(nanoseconds, Self.limitNanoseconds))] += 1
  }

  /// Adds one latency in whole microseconds.
  package mutating func record(microseconds: UInt64) {
    let (nanoseconds, overflow) = microseconds.multipliedReportingOverflow(by: 1_000)
    record(nanoseconds: overflow ? .max : nanoseconds)
  }

  /// Adds one latency; a negative one (a clock stepped back) counts as zero.
  package mutating func record(_ latency: Duration) {
    record(nanoseconds: latency.wholeNanoseconds)
  }

  /// Adds all that another histogram has seen, as if it had been recorded here.
  package mutating func merge(_ other: LatencyHistogram) {
    count += other.count
    totalNanoseconds &+= other.totalNanoseconds
    minimum = min(minimum, other.minimum)
    maximumNanoseconds = max(maximumNanoseconds, other.maximumNanoseconds)
    for index in bucketCounts.indices { bucketCounts[index] += other.bucketCounts[index] }
  }

  package mutating func removeAll() {
    count = 0
    totalNanoseconds = 0
    maximumNanoseconds = 0
    minimum = .max
    for index in bucketCounts.indices { bucketCounts[index] = 0 }
  }
}

// MARK: - Reading

extension LatencyHistogram {
  /// The smallest latency, exact; zero where there is none.
  package var minimumNanoseconds: UInt64 { count == 0 ? 0 : minimum }

  /// The mean latency, exact but for the division; zero where there is none.
  package var meanNanoseconds: Double {
    count == 0 ? 0 : Double(totalNanoseconds) / Double(count)
  }

  /// The latency that the given part of all latencies does not exceed, by nearest rank.
  ///
  /// At most 0.8 % above the true value, never below it, and exact for the maximum. Zero where
  /// nothing was recorded.
  /// - Parameter fraction: 0…1; 0.99 is the 99th percentile.
  package func percentile(_ fraction: Double) -> Duration {
    .nanoseconds(Int64(clamping: percentileNanoseconds(fraction)))
  }

  /// As `percentile`, in nanoseconds.
  package func percentileNanoseconds(_ fraction: Double) -> UInt64 {
    precondition((0...1).contains(fraction), "a percentile is a fraction from 0 to 1")
    guard count > 0 else { return 0 }
    let rank = Self.rank(of: fraction, count: count)
    guard rank < count else { return maximumNanoseconds }
    var seen: UInt64 = 0
    for (index, bucketCount) in bucketCounts.enumerated() {
      seen += bucketCount
      guard seen < rank else {
        let isLast = index == bucketCounts.count - 1
        return isLast ? maximumNanoseconds : min(Self.upperBound(of: index), maximumNanoseconds)
      }
    }
    return maximumNanoseconds
  }

  /// How many latencies lie at or below a bound, to the resolution of the buckets: a bucket
  /// counts when all of it does. For cumulative histograms such as Prometheus's.
  package func count(atMostNanoseconds bound: UInt64) -> UInt64 {
    guard bound < maximumNanoseconds else { return count }
    var seen: UInt64 = 0
    for (index, bucketCount) in bucketCounts.enumerated() {
      guard Self.upperBound(of: index) <= bound else { break }
      seen += bucketCount
    }
    return seen
  }

  /// ⌈fraction × count⌉, at least 1. The small subtraction keeps 0.07 × 100, which is
  /// 7.000000000000001 in floating point, at rank 7.
  private static func rank(of fraction: Double, count: UInt64) -> UInt64 {
    let exact = fraction * Double(count) * (1 - 1e-12)
    let whole = UInt64(exact)
    return min(max(Double(whole) < exact ? whole + 1 : whole, 1), count)
  }
}

// MARK: - Buckets

extension LatencyHistogram {
  /// log2 of the parts that a power of two is divided into.
  private static var partsLog2: Int { 7 }
  static var partsPerOctave: Int { 1 << partsLog2 }
  static var bucketCount: Int { bucket(of: limitNanoseconds) + 1 }

  /// The buckets that hold something, in order.
  var filledBuckets: [(bucket: Int, count: UInt64)] {
    bucketCounts.enumerated().filter { $0.element > 0 }.map { ($0.offset, $0.element) }
  }

  package static func bucket(of value: UInt64) -> Int {
    let width = UInt64.bitWidth - value.leadingZeroBitCount
    let shift = max(width - partsLog2 - 1, 0)
    return shift << partsLog2 + Int(value >> UInt64(shift))
  }

  /// The largest value that falls in the bucket.
  package static func upperBound(of bucket: Int) -> UInt64 {
    let parts = 1 << partsLog2
    guard bucket >= 2 * parts else { return UInt64(bucket) }
    let shift = bucket / parts - 1
    return UInt64(bucket - shift * parts + 1) << UInt64(shift) - 1
  }
}
