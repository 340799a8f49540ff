import Measure
import Testing

/// Values that wander: each has most of the last one in it.
private func wandering(_ count: Int, seed: UInt64, around mean: Double) -> [Double] {
  var random = SplitMix64(seed: seed)
  var offset = 0.0
  return (0..<count).map { _ in
    offset = 0.5 * offset + random.nextPart() - 0.5
    return mean + offset
  }
}

struct BlockBootstrapTests {
  @Test func `an interval covers the true mean about as often as it says`() {
    var bootstrap = BlockBootstrap()
    bootstrap.resamples = 300
    let covered = (0..<200).count { seed in
      let values = wandering(100, seed: UInt64(seed) * 77 + 5, around: 3)
      let interval = bootstrap.mean(of: values)!
      return interval.low <= 3 && 3 <= interval.high
    }
    // 95 % in the limit of long series; 85 to 95 at a hundred correlated values.
    #expect((164...199).contains(covered), "\(covered)")
  }

  @Test func `of few values too`() {
    var bootstrap = BlockBootstrap()
    bootstrap.resamples = 300
    let covered = (0..<400).count { seed in
      var random = SplitMix64(seed: UInt64(seed) * 31 + 7)
      let values = (0..<20).map { _ in random.nextPart() }
      let interval = bootstrap.mean(of: values)!
      return interval.low <= 0.5 && 0.5 <= interval.high
    }
    // Unstretched it would be 354.
    #expect((370...396).contains(covered), "\(covered)")
  }

  @Test func `the difference of two series has its sign and its size`() {
    let interval = BlockBootstrap().difference(
      of: wandering(200, seed: 1, around: 4), from: wandering(200, seed: 2, around: 3))!
    #expect(interval.low < 1 && 1 < interval.high)
    #expect(interval.low > 0.6 && interval.high < 1.4)
    #expect(interval.low < interval.estimate && interval.estimate < interval.high)
  }

  @Test func `of few values there is no interval, and equal ones leave no doubt`() {
    let (few, enough) = ([Double](repeating: 2, count: 7), [Double](repeating: 2, count: 8))
    #expect(BlockBootstrap().mean(of: []) == nil)
    #expect(BlockBootstrap().mean(of: few) == nil)
    #expect(BlockBootstrap().difference(of: few, from: enough) == nil)
    #expect(BlockBootstrap().difference(of: enough, from: few) == nil)
    #expect(BlockBootstrap().mean(of: enough) == .init(estimate: 2, low: 2, high: 2))
  }

  @Test(arguments: [(1, 1), (8, 2), (9, 3), (27, 3), (1_000, 10), (1_001, 11)])
  func `blocks grow with the cube root`(count: Int, length: Int) {
    #expect(BlockBootstrap.blockLength(count) == length)
  }
}
