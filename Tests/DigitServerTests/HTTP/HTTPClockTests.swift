import DigitServer
import EventLoop
import Testing

struct HTTPClockTests {
  private let start = Instant(nanoseconds: 1_000_000_000)
  private let limits = ServerLimits()

  /// The first second at which something is to be done, sweeping twice a second.
  private func firstAction(
    seconds: Int = 200, _ observation: (Double) -> HTTPClock.Observation
  ) -> (second: Double, action: HTTPClock.Action)? {
    var clock = HTTPClock(limits: limits, now: start)
    for half in 1...2 * seconds {
      let second = Double(half) / 2
      let action = clock.check(observation(second), now: start.advanced(by: .seconds(second)))
      if action != .wait { return (second, action) }
    }
    return nil
  }

  @Test func `a connection without a request is closed after its idle time, without a word`() {
    let first = firstAction { _ in HTTPClock.Observation(stage: .idle) }
    #expect(first?.second == 75)
    #expect(first?.action == .close)
  }

  @Test func `a head has ten seconds in all, however its bytes drip`() {
    let first = firstAction { second in
      HTTPClock.Observation(stage: .head, receivedByteCount: UInt64(second * 10))
    }
    #expect((10...11).contains(first?.second ?? 0))
    #expect(first?.action == .refuse("expected a request's head within 10.0 seconds"))
  }

  @Test func `a body slower than its least rate is refused soon, and a quick one not`() {
    func body(bytesPerSecond: Double) -> (second: Double, action: HTTPClock.Action)? {
      firstAction(seconds: 50) { second in
        HTTPClock.Observation(
          stage: .body, requestCount: 1, receivedByteCount: UInt64(second * bytesPerSecond))
      }
    }
    #expect((5...6).contains(body(bytesPerSecond: 500)?.second ?? 0))
    #expect(
      body(bytesPerSecond: 500)?.action
        == .refuse("expected a request's body at 1024 bytes a second or more"))
    #expect(body(bytesPerSecond: 5_000) == nil)
  }

  @Test func `a body that never ends is refused, whatever its rate`() {
    let first = firstAction { second in
      HTTPClock.Observation(
        stage: .body, requestCount: 1, receivedByteCount: UInt64(second * 100_000))
    }
    #expect((60...61).contains(first?.second ?? 0))
  }

  @Test func `a drain waits three seconds for the next piece of a request, and no longer`() {
    for stage in [HTTPClock.Stage.head, .body] {
      let first = firstAction { second in
        HTTPClock.Observation(
          stage: stage, serverIsDraining: second > 1, requestCount: 1, receivedByteCount: 10_000)
      }
      #expect((3...4).contains(first?.second ?? 0))
      #expect(
        first?.action == .refuse("expected the rest of a request within 3.0 seconds of a shutdown"))
    }
  }

  @Test func `one request after another has its time each`() {
    let first = firstAction { second in
      HTTPClock.Observation(stage: .head, requestCount: UInt64(second / 5))
    }
    #expect(first == nil)
  }

  @Test func `what we compute, and the time that we do not read, is not the client's`() {
    #expect(firstAction { _ in HTTPClock.Observation(stage: .working, isPaused: true) } == nil)
    let paused = firstAction { _ in
      HTTPClock.Observation(stage: .body, requestCount: 1, isPaused: true)
    }
    #expect(paused == nil)
  }

  @Test func `a peer that reads nothing is cut, and one that reads slowly is not`() {
    let stalled = firstAction { _ in HTTPClock.Observation(stage: .working, unsentByteCount: 9) }
    #expect((30...31).contains(stalled?.second ?? 0))
    #expect(stalled?.action == .cut)
    let slow = firstAction { second in
      HTTPClock.Observation(stage: .working, unsentByteCount: 1_000 - Int(second))
    }
    #expect(slow == nil)
  }

  @Test func `after the last answer its client has a second to close`() {
    let first = firstAction { _ in HTTPClock.Observation(stage: .lingering, isPaused: false) }
    #expect((1...2).contains(first?.second ?? 0))
    #expect(first?.action == .close)
  }
}
