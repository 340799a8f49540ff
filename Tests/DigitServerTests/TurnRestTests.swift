import DigitServer
import EventLoop
import Testing

/// How long a loop waits after a turn.
struct TurnRestTests {
  private let limits = QueueAge.Limits(ageMax: .milliseconds(500), interval: .milliseconds(100))

  private func at(_ milliseconds: UInt64) -> Instant {
    Instant(nanoseconds: milliseconds * 1_000_000)
  }

  /// - Parameter waiting: what one worker takes for it, in milliseconds.
  private func backlog(waiting: UInt64, workers: Int = 1, since: Instant?) -> Backlog {
    var backlog = Backlog()
    backlog.nanoseconds = waiting * 1_000_000
    backlog.workerCount = workers
    backlog.standingSince = since
    return backlog
  }

  @Test func `a loop rests only while the queue has stood for an interval`() {
    let standing = backlog(waiting: 1_000, since: at(1_000))
    #expect(TurnRest.nanoseconds(standing, limits, now: at(1_099)) == 0)
    #expect(TurnRest.nanoseconds(standing, limits, now: at(1_100)) == Loop.restNanosecondsMax)
    let empty = backlog(waiting: 0, since: nil)
    #expect(TurnRest.nanoseconds(empty, limits, now: at(1_100)) == 0)
  }

  @Test func `a rest is a small part of what each worker still has to do`() {
    let short = backlog(waiting: 8, since: at(0))
    #expect(TurnRest.nanoseconds(short, limits, now: at(1_000)) == 1_000_000)
    let shared = backlog(waiting: 8, workers: 4, since: at(0))
    #expect(TurnRest.nanoseconds(shared, limits, now: at(1_000)) == 250_000)
    var quick = short
    for _ in 0..<1_000 { quick.pace.note(expectedNanoseconds: 2_000, tookNanoseconds: 1_000) }
    let rest = TurnRest.nanoseconds(quick, limits, now: at(1_000))
    #expect((500_000...501_000).contains(rest))
  }

  @Test func `where no age is bounded there is no rest`() {
    let standing = backlog(waiting: 1_000, since: at(0))
    #expect(TurnRest.nanoseconds(standing, QueueAge.Limits(), now: at(10_000)) == 0)
  }
}
