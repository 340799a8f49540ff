import DigitTraining
import Testing

@Test func `a shuffle holds every index once and differs from seed to seed`() {
  var first = RandomSource(seed: 1)
  var second = RandomSource(seed: 2)
  let shuffled = first.shuffledIndices(1_000)
  #expect(shuffled.sorted() == Array(0..<1_000))
  #expect(shuffled != Array(0..<1_000))
  #expect(shuffled != second.shuffledIndices(1_000))
}

@Test(arguments: [1, 2, 3, 10, 1_000_003])
func `an index stays below its bound and reaches every part of it`(bound: Int) {
  var random = RandomSource(seed: 7)
  var counts = [0, 0, 0]
  for _ in 0..<3_000 {
    let index = random.index(below: bound)
    #expect((0..<bound).contains(index))
    counts[min(index * 3 / bound, 2)] += 1
  }
  if bound >= 3 { #expect(counts.allSatisfy { $0 > 600 }) }
}

@Test func `unit floats fill the unit interval and never reach one`() {
  var random = RandomSource(seed: 3)
  let values = (0..<100_000).map { _ in random.unitFloat() }
  #expect(values.allSatisfy { (0..<1).contains($0) })
  #expect(abs(values.reduce(0, +) / 100_000 - 0.5) < 0.005)
  #expect(values.contains { $0 < 0.001 } && values.contains { $0 > 0.999 })
}

@Test func `purposes give seeds of their own`() {
  let seeds: Set<UInt64> = [
    RandomSource.seed(0, 0), RandomSource.seed(0, 1), RandomSource.seed(1, 0),
    RandomSource.seed(0, 0, 1), RandomSource.seed(0, 1, 0), RandomSource.seed(0, 0, 0),
  ]
  #expect(seeds.count == 6)
}
