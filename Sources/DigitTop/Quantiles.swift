import DigitWire

/// The values below which half, nine tenths and 99 of 100 of a histogram's values lie, each rounded
/// up to the bound of its bucket.
package struct Quantiles: Equatable, Sendable {
  /// Nanoseconds; `UInt64.max` where the bucket has no bound.
  package let p50: UInt64
  package let p90: UInt64
  package let p99: UInt64

  /// Of what has come since an earlier reading.
  /// - Returns: nil where nothing has.
  package init?(
    _ now: ModelStatistics.Histogram?, since earlier: ModelStatistics.Histogram? = nil
  ) {
    let before = Dictionary(
      earlier?.buckets.map { ($0.upperBound, $0.count) } ?? [], uniquingKeysWith: { $1 })
    // A server that was restarted counts anew.
    let counts = (now?.buckets ?? []).map { bucket in
      (
        bound: bucket.upperBound,
        count: bucket.count - min(before[bucket.upperBound] ?? 0, bucket.count)
      )
    }
    let total = counts.reduce(0) { $0 + $1.count }
    guard total > 0 else { return nil }
    func bound(_ share: Double) -> UInt64 {
      let rank = max(1, UInt64((share * Double(total)).rounded(.up)))
      var seen: UInt64 = 0
      for (bound, count) in counts {
        seen += count
        if seen >= rank { return bound }
      }
      return .max
    }
    (p50, p90, p99) = (bound(0.5), bound(0.9), bound(0.99))
  }
}
