import DigitTLS
import Testing

struct HandshakeBudgetTests {
  @Test func `a turn takes handshakes until its time is spent, and the next one begins anew`() {
    var budget = HandshakeBudget(perTurn: .microseconds(1_000))
    var steps: [Bool] = []
    for turn in [1, 1, 1, 1, 1, 2] as [UInt64] {
      steps.append(budget.mayBegin(inTurn: turn))
      budget.spend(nanoseconds: 250_000)
    }
    #expect(steps == [true, true, true, true, false, true])
  }

  @Test func `one that is longer than a turn's time is made, too`() {
    var budget = HandshakeBudget(perTurn: .microseconds(10))
    var steps: [Bool] = []
    for turn in [1, 1, 2, 2, 3] as [UInt64] {
      steps.append(budget.mayBegin(inTurn: turn))
      if steps.last == true { budget.spend(nanoseconds: 1_000_000) }
    }
    #expect(steps == [true, false, true, false, true])
  }
}
