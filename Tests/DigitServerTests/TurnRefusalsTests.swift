import DigitHTTP
import DigitServer
import EventLoop
import Testing

/// How long refusals took, and how late answers were.
struct TurnRefusalsTests {
  private let start = Instant(nanoseconds: 1_000_000_000)
  private let asker = AnswerRecorder()

  @Test func `refusals of a turn count for as long as the first of them took`() {
    var refusals = TurnRefusals()
    refusals.add(now: Instant(nanoseconds: 1_000))
    refusals.add(now: Instant(nanoseconds: 1_500))
    let sent = refusals.takeAll(now: Instant(nanoseconds: 3_000))
    #expect(sent?.count == 2)
    #expect(sent?.nanoseconds == 2_000)
    let nothing = refusals.takeAll(now: Instant(nanoseconds: 4_000))
    #expect(nothing?.count == nil)
    refusals.add(now: Instant(nanoseconds: 5_000))
    let next = refusals.takeAll(now: Instant(nanoseconds: 5_700))
    #expect(next?.nanoseconds == 700)
  }

  /// What a scrape shows of these times: how many, and their sum in nanoseconds.
  private func times(_ bench: InferenceBench, _ name: String) -> (count: UInt64, sum: UInt64)? {
    let figures = ServerFigures(
      loops: [bench.metrics], queue: bench.queue, began: start, version: "1")
    let family = figures.families(now: start).first { $0.name == name }
    guard case .histogram(let samples) = family?.samples, let value = samples.first?.value,
      case .billionths(let sum) = value.sum
    else { return nil }
    return (value.counts.reduce(0, +), sum)
  }

  @Test func `a refusal at the header lasts until its turn's answers are sent`() throws {
    let bench = try InferenceBench(imagesMax: 4)
    #expect(throws: Rejection.self) { try bench.ask(asker, tag: 1, images: 5, now: start) }
    #expect(try #require(times(bench, "digitd_refusal_seconds")) == (0, 0))
    let rest = bench.service.turnSent(now: start.advanced(byMicroseconds: 300))
    #expect(rest == 0)
    _ = bench.service.turnSent(now: start.advanced(byMicroseconds: 900))
    #expect(try #require(times(bench, "digitd_refusal_seconds")) == (1, 300_000))
  }

  @Test func `an answer is overdue after its deadline, and a request after its age`() throws {
    let bench = try InferenceBench()
    try bench.ask(asker, tag: 1, images: 1, deadlineMicroseconds: 100_000, now: start)
    bench.clock.now = start.advanced(byMicroseconds: 100_000)
    bench.work(answering: 0.1, now: start)
    #expect(try #require(times(bench, "digitd_overdue_seconds")) == (0, 0))
    try bench.ask(asker, tag: 2, images: 1, deadlineMicroseconds: 100_000, now: start)
    bench.clock.now = start.advanced(byMicroseconds: 112_000)
    bench.work(answering: 0.1, now: start)
    #expect(try #require(times(bench, "digitd_overdue_seconds")) == (1, 12_000_000))
    try bench.ask(asker, tag: 3, images: 1, now: start)
    bench.clock.now = start.advanced(byMicroseconds: 605_000)
    bench.work(answering: 0.1, now: start.advanced(byMicroseconds: 600_000))
    #expect(try #require(times(bench, "digitd_overdue_seconds")) == (2, 117_000_000))
    // However old: one without a deadline that is computed is in time.
    try bench.ask(asker, tag: 4, images: 1, now: start)
    bench.clock.now = start.advanced(byMicroseconds: 900_000)
    bench.work(answering: 0.1, now: start)
    #expect(try #require(times(bench, "digitd_overdue_seconds")) == (2, 117_000_000))
    #expect(asker.answerCount == 4)
  }
}
