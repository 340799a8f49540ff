import DigitClient
import EventLoop
import Testing

private func at(_ milliseconds: UInt64) -> Instant {
  Instant(nanoseconds: milliseconds * 1_000_000)
}

struct LookupClockTests {
  private var clock = LookupClock(interval: .seconds(10))

  @Test mutating func `a name is looked up at an interval`() {
    #expect(clock.timeIsUp() == false, "the first lookup is under way")
    #expect(clock.ended(.found, now: at(5)) == at(10_005))
    #expect(clock.timeIsUp() == true)
    #expect(clock.timeIsUp() == false, "one at a time")
    #expect(clock.ended(.found, now: at(10_200)) == at(20_200))
  }

  @Test mutating func `a server that fails has it looked up sooner, once a second at most`() {
    _ = clock.ended(.found, now: at(0))
    #expect(clock.serverFailed(now: at(300)) == at(1_000))
    #expect(clock.serverFailed(now: at(400)) == nil)
    #expect(clock.timeIsUp() == true)
    _ = clock.ended(.found, now: at(1_001))
    #expect(clock.serverFailed(now: at(5_000)) == at(5_000))
    _ = clock.timeIsUp()
    _ = clock.ended(.found, now: at(5_001))
    #expect(clock.serverFailed(now: at(20_000)) == nil, "it is due by then")
  }

  @Test mutating func `what is found may be from before a server failed`() {
    #expect(clock.serverFailed(now: at(10)) == nil)
    #expect(clock.ended(.found, now: at(20)) == at(1_020))
    _ = clock.timeIsUp()
    #expect(clock.ended(.found, now: at(1_030)) == at(11_030))
  }

  @Test mutating func `lookups that fail are repeated less and less often`() {
    var now = at(0)
    for seconds in [1, 2, 4, 8, 10, 10] as [UInt64] {
      let next = clock.ended(.failed, now: now)
      #expect(next == now.advanced(byMicroseconds: seconds * 1_000_000))
      #expect(clock.serverFailed(now: now) == nil, "the resolver is in trouble itself")
      now = next
      _ = clock.timeIsUp()
    }
    #expect(clock.ended(.found, now: now) == now.advanced(by: .seconds(10)))
    _ = clock.timeIsUp()
    #expect(clock.ended(.failed, now: now) == now.advanced(by: .seconds(1)))
  }

  @Test func `an interval below a second is kept to after failures too`() {
    var clock = LookupClock(interval: .milliseconds(20))
    #expect(clock.ended(.failed, now: at(0)) == at(20))
    _ = clock.timeIsUp()
    #expect(clock.ended(.found, now: at(20)) == at(40))
    #expect(clock.serverFailed(now: at(30)) == nil)
  }
}
