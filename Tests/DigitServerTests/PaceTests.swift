import DigitServer
import Testing

struct PaceTests {
  @Test func `at first batches are expected to take what was measured`() {
    #expect(Pace().nanoseconds(expected: 1_000) == 1_000)
  }

  @Test(arguments: [0.5, 1, 3]) func `it follows what batches take`(ratio: Double) {
    var pace = Pace()
    for _ in 0..<200 {
      pace.note(expectedNanoseconds: 10_000, tookNanoseconds: UInt64(10_000 * ratio))
    }
    #expect(abs(pace.factor - ratio) < 0.01)
  }

  @Test func `a batch that was held up changes little, and none is taken for nothing`() {
    var pace = Pace()
    pace.note(expectedNanoseconds: 1_000, tookNanoseconds: 1_000_000_000)
    #expect(pace.factor < 1.5)
    pace.note(expectedNanoseconds: 0, tookNanoseconds: 5)
    #expect(pace.factor < 1.5)
  }
}
