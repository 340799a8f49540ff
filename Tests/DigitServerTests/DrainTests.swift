import DigitServer
import EventLoop
import Testing

struct DrainTests {
  private func expect<Value: Equatable>(_ value: Value, _ expected: Value) {
    #expect(value == expected)
  }

  private let start = Instant(nanoseconds: 1_000_000_000)

  @Test func `the first signal drains, the second stops, later ones change nothing`() {
    var drain = Drain(grace: .seconds(5))
    #expect(!drain.isDraining)
    expect(drain.signalArrived(now: start), .beginDrain)
    #expect(drain.isDraining)
    expect(drain.signalArrived(now: start), .stopNow)
    expect(drain.signalArrived(now: start), .ignore)
  }

  @Test func `a drain ends when the last connection has closed`() {
    var drain = Drain(grace: .seconds(5))
    expect(drain.progress(now: start, openConnections: 0), .wait)
    _ = drain.signalArrived(now: start)
    expect(drain.progress(now: start, openConnections: 1), .wait)
    expect(drain.progress(now: start, openConnections: 0), .stop)
    expect(drain.progress(now: start, openConnections: 0), .wait)
  }

  @Test func `a drain ends with its grace, whoever is left`() {
    var drain = Drain(grace: .seconds(5))
    _ = drain.signalArrived(now: start)
    let almost = start.advanced(by: .milliseconds(4_999))
    expect(drain.progress(now: almost, openConnections: 2), .wait)
    let over = start.advanced(by: .seconds(5))
    expect(drain.progress(now: over, openConnections: 2), .stopUnfinished)
  }
}
