import Measure
import Testing

@Test(arguments: [
  (0, "0.00 ns"), (0.85, "850 ns"), (0.9996, "1.00 µs"), (12.34, "12.3 µs"), (99.96, "100 µs"),
  (1_204.9, "1.20 ms"), (999_600, "1.00 s"), (61_000_000, "61.0 s"),
])
func `a latency is told in three figures and its own unit`(microseconds: Double, text: String) {
  #expect(latencyText(microseconds: microseconds) == text)
}

@Test func `a summary lists the usual percentiles`() {
  var histogram = LatencyHistogram()
  for value: UInt64 in 1...1_000 { histogram.record(microseconds: value) }
  let summary = LatencySummary(histogram)
  #expect(summary.count == 1_000)
  #expect(summary.maximumMicroseconds == 1_000)
  #expect((500...505).contains(summary.p50Microseconds))
  #expect(
    summary.description
      == "p50 502 µs  p90 901 µs  p99 991 µs  p99.9 999 µs  max 1.00 ms")
}
