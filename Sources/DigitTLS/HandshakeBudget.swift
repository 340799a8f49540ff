/// How much of a loop's turn handshakes may take, so that a flood of them leaves the rest of the
/// turn, and the next one soon, to connections that stand.
package struct HandshakeBudget {
  private let nanosecondsPerTurn: UInt64
  private var turn: UInt64 = 0
  private var nanosecondsSpent: UInt64 = 0

  package init(perTurn: Duration) {
    nanosecondsPerTurn = UInt64(max(perTurn / .nanoseconds(1), 0))
  }

  /// Whether another step may begin in this turn. The last one may take longer than what is left:
  /// at least one step is made in each turn.
  package mutating func mayBegin(inTurn turn: UInt64) -> Bool {
    if turn != self.turn { (self.turn, nanosecondsSpent) = (turn, 0) }
    return nanosecondsSpent == 0 || nanosecondsSpent < nanosecondsPerTurn
  }

  package mutating func spend(nanoseconds: UInt64) { nanosecondsSpent += nanoseconds }
}
