import EventLoop
import Testing

@Suite(.timeLimit(.minutes(1))) struct AlarmTests {
  /// When an alarm that `set` has set rings, in nanoseconds after `start`.
  private func rings(_ start: Instant, _ set: (Alarm) -> Void) throws -> [UInt64] {
    let loop = try Loop()
    var moments: [UInt64] = []
    let alarm = try Alarm(on: loop) { moments.append(Instant.now.nanoseconds - start.nanoseconds) }
    let timer = try Timer(on: loop) { loop.stop() }
    timer.start(after: .milliseconds(20))
    set(alarm)
    loop.run()
    alarm.close()
    timer.close()
    loop.close()
    return moments
  }

  @Test func `an alarm rings once and never early`() throws {
    let start = Instant.now
    let moments = try rings(start) { $0.set(start.advanced(byMicroseconds: 1_500)) }
    #expect(moments.count == 1)
    #expect(moments[0] >= 1_500_000)
  }

  @Test func `a moment that has passed rings at once, and the last one set counts`() throws {
    let start = Instant.now
    let moments = try rings(start) {
      $0.set(start.advanced(by: .seconds(60)))
      $0.set(start)
    }
    #expect(moments.count == 1)
  }

  @Test func `an alarm that was stopped stays silent`() throws {
    let start = Instant.now
    let moments = try rings(start) {
      $0.set(start.advanced(byMicroseconds: 5_000))
      $0.stop()
    }
    #expect(moments.isEmpty)
  }
}
