import DigitServer
import EventLoop
import Testing

@Suite struct LineBudgetTests {
  private let start = Instant(nanoseconds: 5_000_000_000)

  @Test func `lines beyond the second's share are counted, and told with the next`() {
    var budget = LineBudget(linesPerSecond: 3)
    for _ in 0..<3 { #expect(budget.take(now: start) == .write(leftOut: 0)) }
    let within = start.advanced(byMicroseconds: 999_999)
    for _ in 0..<7 { #expect(budget.take(now: within) == .leaveOut) }
    let later = start.advanced(byMicroseconds: 1_000_000)
    #expect(budget.take(now: later) == .write(leftOut: 7))
    for _ in 0..<2 { #expect(budget.take(now: later) == .write(leftOut: 0)) }
    #expect(budget.take(now: later) == .leaveOut)
    let muchLater = later.advanced(byMicroseconds: 60_000_000)
    #expect(budget.take(now: muchLater) == .write(leftOut: 1))
  }
}
