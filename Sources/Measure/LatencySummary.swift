/// The figures by which a latency distribution is usually told.
package struct LatencySummary: Sendable, Equatable {
  package var count: UInt64
  package var meanMicroseconds: Double
  package var p50Microseconds: Double
  package var p90Microseconds: Double
  package var p99Microseconds: Double
  package var p999Microseconds: Double
  package var maximumMicroseconds: Double

  package init(_ histogram: LatencyHistogram) {
    let percentile = { Double(histogram.percentileNanoseconds($0)) / 1_000 }
    count = histogram.count
    meanMicroseconds = histogram.meanNanoseconds / 1_000
    p50Microseconds = percentile(0.5)
    p90Microseconds = percentile(0.9)
    p99Microseconds = percentile(0.99)
    p999Microseconds = percentile(0.999)
    maximumMicroseconds = percentile(1)
  }
}

extension LatencySummary: CustomStringConvertible {
  /// "p50 1.20 ms  p90 2.31 ms  p99 4.00 ms  p99.9 8.15 ms  max 9.02 ms"
  package var description: String {
    [
      ("p50", p50Microseconds), ("p90", p90Microseconds), ("p99", p99Microseconds),
      ("p99.9", p999Microseconds), ("max", maximumMicroseconds),
    ].map { "\($0) \(latencyText(microseconds: $1))" }.joined(separator: "  ")
  }
}

/// A latency in three figures and the unit that suits it: "850 ns", "12.3 µs", "1.20 ms".
package func latencyText(microseconds: Double) -> String {
  let scales: [(limit: Double, factor: Double, unit: String)] = [
    (0.9995, 1_000, "ns"), (999.5, 1, "µs"), (999_500, 1e-3, "ms"),
  ]
  for scale in scales where microseconds < scale.limit {
    return "\(threeFigures(microseconds * scale.factor)) \(scale.unit)"
  }
  return "\(threeFigures(microseconds * 1e-6)) s"
}

/// 1.20, 12.3, 123 or 1234: rounded half up to three figures, without a fraction from 99.95 on.
private func threeFigures(_ value: Double) -> String {
  let decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0
  let scale = decimals == 2 ? 100 : decimals == 1 ? 10 : 1
  let scaled = Int(value * Double(scale) + 0.5)
  guard decimals > 0 else { return String(scaled) }
  let fraction = String(scaled % scale)
  let zeros = String(repeating: "0", count: decimals - fraction.count)
  return "\(scaled / scale).\(zeros)\(fraction)"
}
