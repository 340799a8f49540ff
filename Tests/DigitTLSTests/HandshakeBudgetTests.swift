import DigitTLS
import Testing

struct HandshakeBudgetTests {
  @Test func `a turn takes handshakes until its time is spent, and the next one begins anew`() {
    var budget = HandshakeBudget(perTurn: .microseconds(1_000))
    for _ in 0..<4 {
      #expect(budget.mayBegin(inTurn: 1))
      budget.spend(nanoseconds: 250_000)
    }
    #expect(!budget.mayBegin(inTurn: 1))
    #expect(budget.mayBegin(inTurn: 2))
  }

  @Test func `one that is longer than a turn's time is made, too`() {
    var budget = HandshakeBudget(perTurn: .microseconds(10))
    for turn in 1...3 as ClosedRange<UInt64> {
      #expect(budget.mayBegin(inTurn: turn))
      budget.spend(nanoseconds: 1_000_000)
      #expect(!budget.mayBegin(inTurn: turn))
    }
  }
}
