import DigitServer
import Testing

struct TurnSamplingTests {
  @Test func `one turn of eight is measured, from the end of the one before`() {
    var sampling = TurnSampling()
    var processor: UInt64 = 0
    var measured: [UInt64: UInt64] = [:]
    for turn in UInt64(1)...24 {
      processor += turn
      measured[turn] = sampling.turnEnded { processor }
    }
    #expect(measured == [8: 8, 16: 16, 24: 24])
  }
}
