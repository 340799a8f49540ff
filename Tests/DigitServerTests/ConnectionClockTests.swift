import DigitServer
import EventLoop
import Testing

struct ConnectionClockTests {
  private let start = Instant(nanoseconds: 1_000_000_000)
  private let limits = ServerLimits()

  private func seen(
    _ phase: ConnectionState.Phase, frames: UInt64 = 0, midFrame: Bool = false, inFlight: Int = 0,
    unsent: Int = 0, draining: Bool = false
  ) -> ConnectionClock.Observation {
    ConnectionClock.Observation(
      phase: phase, serverIsDraining: draining, frameCount: frames, isMidFrame: midFrame,
      requestsInFlight: inFlight, unsentByteCount: unsent)
  }

  /// The first second at which something is to be done when every sweep sees the same.
  private func firstAction(
    _ observation: ConnectionClock.Observation, seconds: Int = 700
  ) -> (second: Int, action: ConnectionClock.Action)? {
    var clock = ConnectionClock(limits: limits, now: start)
    for second in 0...seconds {
      let action = clock.check(observation, now: start.advanced(by: .seconds(second)))
      if action != .wait { return (second, action) }
    }
    return nil
  }

  @Test func `a client that says nothing is refused after the handshake time`() {
    let first = firstAction(seen(.greeting))
    #expect(first?.second == 10)
    #expect(first?.action == .refuse("expected HELLO or HEALTH within 10.0 seconds"))
  }

  @Test func `every health question gives a greeting client its time again`() {
    var clock = ConnectionClock(limits: limits, now: start)
    for second in 1...60 {
      let observation = seen(.greeting, frames: UInt64(second / 8))
      let action = clock.check(observation, now: start.advanced(by: .seconds(second)))
      #expect(action == .wait)
    }
  }

  @Test func `who only asks for health keeps a place for ten minutes`() {
    var clock = ConnectionClock(limits: limits, now: start)
    for second in 1..<600 {
      let action = clock.check(
        seen(.greeting, frames: UInt64(second)), now: start.advanced(by: .seconds(second)))
      #expect(action == .wait)
    }
    let last = clock.check(seen(.greeting, frames: 600), now: start.advanced(by: .seconds(600)))
    #expect(last == .refuse("expected HELLO within 600.0 seconds"))
  }

  /// What each second brings from the connection's beginning on, until the last that is asked for.
  private func actions(
    expiring expires: Int, seconds: Int, _ seen: (Int) -> ConnectionClock.Observation
  ) -> [Int: ConnectionClock.Action] {
    var clock = ConnectionClock(
      limits: limits, expires: start.advanced(by: .seconds(expires)), now: start)
    var actions: [Int: ConnectionClock.Action] = [:]
    for second in 0...seconds {
      let action = clock.check(seen(second), now: start.advanced(by: .seconds(second)))
      if action != .wait { actions[second] = action }
    }
    return actions
  }

  @Test func `a connection of a certain age is told to go, and ended when it has its answers`() {
    let busy = actions(expiring: 60, seconds: 70) { second in
      seen(
        second <= 60 ? .serving : .draining, frames: UInt64(second), inFlight: second < 65 ? 1 : 0)
    }
    #expect(busy[60] == .goAway && busy[65] == nil && busy[66] == .endSending)
    #expect(busy.keys.min() == 60)
  }

  @Test func `what is in flight on an aged connection is not waited for without end`() {
    let stuck = actions(expiring: 60, seconds: 95) { second in
      seen(second <= 60 ? .serving : .draining, inFlight: 1)
    }
    #expect(stuck.keys.min() == 60 && stuck[60] == .goAway && stuck[90] == nil)
    #expect(stuck[91] == .close)
  }

  @Test func `half a frame is refused after its time`() {
    #expect(firstAction(seen(.serving, frames: 4, midFrame: true))?.second == 30)
  }

  @Test func `a connection that is always in some frame is not`() {
    var clock = ConnectionClock(limits: limits, now: start)
    for second in 1...600 {
      let observation = seen(.serving, frames: UInt64(second), midFrame: true)
      let action = clock.check(observation, now: start.advanced(by: .seconds(second)))
      #expect(action == .wait)
    }
  }

  @Test func `silence is refused after ten minutes, but not with a request in flight`() {
    #expect(firstAction(seen(.serving))?.second == 600)
    #expect(firstAction(seen(.serving, inFlight: 1)) == nil)
  }

  @Test func `a client that reads nothing is closed, one that reads slowly is not`() {
    #expect(firstAction(seen(.serving, unsent: 5_000))! == (30, .cut))
    var clock = ConnectionClock(limits: limits, now: start)
    for second in 0...500 {
      let observation = seen(.serving, inFlight: 1, unsent: 100_000 - second)
      let action = clock.check(observation, now: start.advanced(by: .seconds(second)))
      #expect(action == .wait)
    }
  }

  @Test func `a finished connection is closed when its peer lingers`() {
    #expect(firstAction(seen(.sending))! == (1, .close))
    #expect(firstAction(seen(.lingering))! == (1, .close))
    #expect(firstAction(seen(.sending, unsent: 10))! == (30, .cut), "it may still be reading")
  }

  @Test func `a drained client has a moment to close by itself`() {
    #expect(firstAction(seen(.draining, draining: true))! == (1, .endSending))
    #expect(firstAction(seen(.draining, inFlight: 1, draining: true)) == nil)
    #expect(firstAction(seen(.draining, unsent: 10, draining: true))! == (30, .cut))
  }

  @Test func `a drain does not wait for the rest of a frame that does not come`() {
    let stalled = seen(.draining, frames: 4, midFrame: true, draining: true)
    #expect(
      firstAction(stalled)! == (
        3, .refuse("expected the rest of a frame within 3.0 seconds of a shutdown")
      ))
    var clock = ConnectionClock(limits: limits, now: start)
    for second in 1...25 {
      var slow = stalled
      slow.receivedByteCount = UInt64(second / 2)
      let action = clock.check(slow, now: start.advanced(by: .seconds(second)))
      #expect(action == .wait, "a payload that comes slowly has its time")
    }
  }
}

struct ServingTimeTests {
  private let start = Instant(nanoseconds: 1_000_000_000)

  @Test func `time goes on while the server is looked after`() {
    var time = ServingTime(now: start)
    for step in 1...10 {
      let now = time.advance(to: start.advanced(by: .milliseconds(500 * step)))
      #expect(now == start.advanced(by: .milliseconds(500 * step)))
    }
  }

  @Test func `a process that was stopped charges nobody for it`() {
    var time = ServingTime(now: start)
    let now = time.advance(to: start.advanced(by: .seconds(3_600)))
    #expect(now == start.advanced(by: ServingTime.stepMax))
    let later = time.advance(to: start.advanced(by: .seconds(3_601)))
    #expect(later == now.advanced(by: .seconds(1)))
  }
}
