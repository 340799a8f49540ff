import EventLoop
import Testing

struct InstantTests {
  @Test(
    arguments: [
      (Duration.zero, 0, 0), (.nanoseconds(999), 0, 0), (.microseconds(1), 1, 1),
      (.microseconds(1_000), 1_000, 1), (.microseconds(1_001), 1_001, 2),
      (.seconds(3), 3_000_000, 3_000), (.seconds(-3), 0, 0), (.nanoseconds(-1), 0, 0),
    ] as [(Duration, UInt64, UInt64)])
  func `durations round down to microseconds and up to milliseconds`(
    _ duration: Duration, _ microseconds: UInt64, _ milliseconds: UInt64
  ) {
    #expect(duration.wholeMicroseconds == microseconds)
    #expect(duration.wholeMilliseconds == milliseconds)
  }

  @Test func `instants are compared and told apart in microseconds`() {
    let early = Instant(nanoseconds: 5_000)
    let late = early.advanced(by: .microseconds(7))
    #expect(early < late)
    #expect(late.microseconds(since: early) == 7)
    #expect(early.microseconds(since: late) == 0)
    #expect(late.isAtLeast(.microseconds(7), after: early))
    #expect(!late.isAtLeast(.microseconds(8), after: early))
  }
}
