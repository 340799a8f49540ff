import EventLoop

/// Lets so many log lines through in a second and counts the others: a flood of peers that are
/// refused must not become a flood of lines.
package struct LineBudget {
  private let linesPerSecond: Int
  private var second: Instant?
  private var used = 0
  private var leftOut = 0

  package init(linesPerSecond: Int = 20) { self.linesPerSecond = linesPerSecond }

  package enum Verdict: Equatable {
    /// Write the line; first say how many were left out before it, if any were.
    case write(leftOut: Int)
    case leaveOut
  }

  package mutating func take(now: Instant) -> Verdict {
    if let second, !now.isAtLeast(.seconds(1), after: second) {
      guard used < linesPerSecond else {
        leftOut += 1
        return .leaveOut
      }
      used += 1
      return .write(leftOut: 0)
    }
    defer { leftOut = 0 }
    second = now
    used = 1
    return .write(leftOut: leftOut)
  }
}
