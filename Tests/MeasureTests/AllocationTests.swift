import CAllocations
import Measure
import Testing

@Test(.enabled(if: allocations_are_counted()))
func `recording allocates nothing`() {
  var histogram = LatencyHistogram()
  histogram.record(nanoseconds: 1)
  let before = allocations_of_this_thread()
  for value: UInt64 in 0..<1_000 { histogram.record(nanoseconds: value &* 7_919_017) }
  let after = allocations_of_this_thread()
  #expect(after - before == 0)
  #expect(histogram.count == 1_001)
}
