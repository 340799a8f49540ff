import Measure
import Testing

/// Latencies as services have them: most near a millisecond, a long tail.
private func skewedLatencies(count: Int, seed: UInt64) -> [UInt64] {
  var state = seed
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    let shift = (state >> 60) & 15
    return (state >> 33) % (1_000_000 << shift) + 1_000
  }
}

@Test func `buckets follow one another without gap or overlap`() {
  let last = LatencyHistogram.bucket(of: LatencyHistogram.limitNanoseconds)
  for bucket in 0..<last {
    let bound = LatencyHistogram.upperBound(of: bucket)
    #expect(LatencyHistogram.bucket(of: bound) == bucket)
    #expect(LatencyHistogram.bucket(of: bound + 1) == bucket + 1)
  }
}

@Test func `a bucket is nowhere wider than one part in a hundred of its values`() {
  let first = LatencyHistogram.bucket(of: 256)
  let last = LatencyHistogram.bucket(of: LatencyHistogram.limitNanoseconds)
  for bucket in first...last {
    let low = LatencyHistogram.upperBound(of: bucket - 1) + 1
    let high = LatencyHistogram.upperBound(of: bucket)
    #expect(Double(high - low) / Double(low) < 0.01)
  }
}

@Test(arguments: [0.0, 0.001, 0.07, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0])
func `percentiles of a million latencies match a sorted list within one percent`(
  fraction: Double
) {
  let latencies = skewedLatencies(count: 1_000_000, seed: 1)
  var histogram = LatencyHistogram()
  for latency in latencies { histogram.record(nanoseconds: latency) }
  let rank = max(Int((fraction * Double(latencies.count)).rounded(.up)), 1)
  let exact = Double(latencies.sorted()[rank - 1])
  let told = Double(histogram.percentileNanoseconds(fraction))
  #expect(told >= exact)
  #expect(told <= exact * 1.01)
}

@Test func `count, mean, minimum and maximum are exact`() {
  var histogram = LatencyHistogram()
  for value: UInt64 in [1_234_567, 89, 4_000_000_001] { histogram.record(nanoseconds: value) }
  #expect(histogram.count == 3)
  #expect(histogram.meanNanoseconds == Double(1_234_567 + 89 + 4_000_000_001) / 3)
  #expect(histogram.minimumNanoseconds == 89)
  #expect(histogram.maximumNanoseconds == 4_000_000_001)
  #expect(histogram.percentile(1) == .nanoseconds(4_000_000_001))
}

@Test func `an empty histogram tells zero`() {
  let histogram = LatencyHistogram()
  #expect(histogram.percentile(0.99) == .zero)
  #expect(histogram.minimumNanoseconds == 0)
  #expect(histogram.meanNanoseconds == 0)
}

@Test func `a lone latency is every percentile exactly`() {
  var histogram = LatencyHistogram()
  histogram.record(nanoseconds: 1_000_003)
  for fraction in [0, 0.5, 0.99, 1] {
    #expect(histogram.percentile(fraction) == .nanoseconds(1_000_003))
  }
}

@Test func `the nearest rank is not pushed up by floating point`() {
  var histogram = LatencyHistogram()
  for value: UInt64 in 1...100 { histogram.record(nanoseconds: value) }
  for percent: UInt64 in 1...100 {
    #expect(histogram.percentileNanoseconds(Double(percent) / 100) == percent)
  }
}

@Test func `microseconds, nanoseconds and durations are one scale`() {
  var histograms = [LatencyHistogram(), LatencyHistogram(), LatencyHistogram()]
  histograms[0].record(nanoseconds: 250_000)
  histograms[1].record(microseconds: 250)
  histograms[2].record(.microseconds(250))
  #expect(histograms[0] == histograms[1])
  #expect(histograms[0] == histograms[2])
}

@Test func `latencies beyond a minute are counted and the longest is kept`() {
  var histogram = LatencyHistogram()
  for _ in 0..<9 { histogram.record(.milliseconds(1)) }
  histogram.record(.seconds(600))
  histogram.record(microseconds: .max)
  #expect(histogram.count == 11)
  #expect(histogram.percentile(0.5) <= .microseconds(1_008))
  #expect(histogram.maximumNanoseconds == .max)
}

@Test func `a clock that steps back records zero`() {
  var histogram = LatencyHistogram()
  histogram.record(.milliseconds(-5))
  #expect(histogram.maximumNanoseconds == 0)
  #expect(histogram.count == 1)
}

@Test func `merging two histograms equals recording everything in one`() {
  let latencies = skewedLatencies(count: 10_000, seed: 2)
  var whole = LatencyHistogram()
  var halves = [LatencyHistogram(), LatencyHistogram()]
  for (index, latency) in latencies.enumerated() {
    whole.record(nanoseconds: latency)
    halves[index % 2].record(nanoseconds: latency)
  }
  halves[0].merge(halves[1])
  #expect(halves[0] == whole)
}

@Test func `a cleared histogram equals a new one`() {
  var histogram = LatencyHistogram()
  histogram.record(nanoseconds: 77)
  histogram.removeAll()
  #expect(histogram == LatencyHistogram())
}

@Test func `cumulative counts include a bucket only when all of it lies below the bound`() {
  var histogram = LatencyHistogram()
  for value: UInt64 in [100, 200, 300, 5_000] { histogram.record(nanoseconds: value) }
  #expect(histogram.count(atMostNanoseconds: 99) == 0)
  #expect(histogram.count(atMostNanoseconds: 200) == 2)
  #expect(histogram.count(atMostNanoseconds: 4_000) == 3)
  #expect(histogram.count(atMostNanoseconds: 5_000) == 4)
}
