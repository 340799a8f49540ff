import EventLoop

/// The requests that were refused at their headers in one turn of a loop, to be told how long that
/// took. All count for as long as the first, so that the clock is asked once.
package struct TurnRefusals {
  private var count: UInt64 = 0
  private var first = Instant(nanoseconds: 0)

  package init() {}

  /// A request is refused whose header was read at `now`.
  package mutating func add(now: Instant) {
    if count == 0 { first = now }
    count += 1
  }

  /// What was refused in this turn has been sent; nil where that is nothing.
  package mutating func takeAll(now: Instant) -> (count: UInt64, nanoseconds: UInt64)? {
    guard count > 0 else { return nil }
    defer { count = 0 }
    return (count, now.nanoseconds(since: first))
  }
}
