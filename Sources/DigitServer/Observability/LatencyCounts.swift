/// How often each latency occurred: one thread writes, any may read.
final class LatencyCounts: Sendable {
  /// One for each bucket, and the sum of all latencies behind them.
  private let cells = Counters(count: LatencyBuckets.count + 1)

  /// - Parameter count: how many took so long.
  func record(nanoseconds: UInt64, count: UInt64 = 1) {
    cells.add(count, at: LatencyBuckets.index(of: nanoseconds))
    cells.add(count * nanoseconds, at: LatencyBuckets.count)
  }

  /// The latencies of each bucket, and the sum of all in nanoseconds.
  var snapshot: LatencySnapshot {
    var counts = cells.counts
    let sum = counts.removeLast()
    return LatencySnapshot(counts: counts, totalNanoseconds: sum)
  }
}

/// What a histogram of latencies held at one time.
struct LatencySnapshot: Equatable, Sendable {
  var counts = [UInt64](repeating: 0, count: LatencyBuckets.count)
  var totalNanoseconds: UInt64 = 0

  mutating func merge(_ other: LatencySnapshot) {
    for index in counts.indices { counts[index] &+= other.counts[index] }
    totalNanoseconds &+= other.totalNanoseconds
  }
}

/// The buckets of latencies, from 5 µs to 10 s: 1, 1.5, 2, 3, 5 and 7 in each power of ten.
///
/// The round numbers that objectives are set at (1 ms, 20 ms, 50 ms) are bounds, so the share that
/// meets one is exact. A bucket is at most two thirds of its lower bound wide, which bounds the
/// error of a percentile interpolated within it. The steps 1, 2 and 5 have half as many series, and
/// buckets up to one and a half times as wide as their lower bound: a median of 105 µs may be shown
/// as 150 µs.
package enum LatencyBuckets {
  /// The largest latency of each bucket but the last, which has all that take longer.
  package static let upperBoundsNanoseconds: [UInt64] = {
    let steps: [UInt64] = [10, 15, 20, 30, 50, 70]
    let powers: [UInt64] = [100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000]
    let all = powers.flatMap { power in steps.map { $0 * power } }
    return all.filter { $0 >= 5_000 } + [10_000_000_000]
  }()

  /// With the last.
  package static let count = upperBoundsNanoseconds.count + 1

  package static func index(of nanoseconds: UInt64) -> Int {
    var (low, high) = (0, count - 1)
    while low < high {
      let middle = (low + high) / 2
      if nanoseconds <= upperBoundsNanoseconds[middle] { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
