import DigitLoad
import DigitWire
import EventLoop
import ProtocolFixtures
import Testing

/// One conversation about two images, labelled 3 and 4, in requests of one.
private struct Talk {
  var conversation = Conversation(pipeline: 4, batch: 1, deadline: .milliseconds(1))
  var tallies = LoadTallies()
  private let images = LabelledImages(
    pixels: [UInt8](repeating: 0, count: 2 * ProtocolLimits.pixelsPerImage), labels: [3, 4],
    batch: 1)

  mutating func send(image: Int, part: LoadStages.Part = .measured, at nanoseconds: UInt64 = 0)
    -> UInt64
  {
    tallies.began(part)
    return conversation.begin(
      RequestLedger.Entry(
        intended: Instant(nanoseconds: nanoseconds), begun: Instant(nanoseconds: nanoseconds),
        firstImage: image, part: part))
  }

  mutating func hear(
    _ header: FrameHeader, _ payload: [UInt8] = [], at nanoseconds: UInt64 = 0
  ) -> Conversation.Action {
    let now = Instant(nanoseconds: nanoseconds)
    let reading = payload.withUnsafeBytes {
      conversation.messageArrived(header, $0, now: now, images: images)
    }
    if let outcome = reading.outcome { tallies.count(outcome, now: now) }
    return reading.action
  }

  mutating func hearResult(
    _ id: UInt64, label: Int, images: Int = 1, returns: ReturnKind = .topOne,
    at nanoseconds: UInt64 = 0
  ) -> Conversation.Action {
    let result = PredictResult(
      modelVersion: 1, queueMicroseconds: 11, computeMicroseconds: 42, imageCount: images,
      returns: returns, classCount: 4)
    let payload =
      switch returns {
      case .topOne:
        result.payload(Array(repeating: TopOne(label: label, probability: 1), count: images))
      case .probabilities:
        result.payload(Array(repeating: (0..<4).map { $0 == label ? 1 : 0 }, count: images))
      }
    return hear(result.header(requestID: id), payload, at: nanoseconds)
  }

  mutating func checkDeadlines(at nanoseconds: UInt64) {
    let now = Instant(nanoseconds: nanoseconds)
    conversation.checkDeadlines(now: now) { tallies.count($0, now: now) }
  }

  mutating func hearError(_ id: UInt64, _ code: ErrorCode) -> Conversation.Action {
    let message = ErrorMessage(Refusal(code, "expected another"))
    let frame = message.frame(id: id)
    return hear(message.header(requestID: id), Array(frame[FrameHeader.byteCount...]))
  }
}

struct ConversationTests {
  @Test func `a RESULT ends its request with its latency and the server's times`() {
    var talk = Talk()
    let id = talk.send(image: 0, at: 1_000)
    #expect(talk.hearResult(id, label: 3, at: 76_000) == .goOn)
    let measured = talk.tallies.measured
    #expect((measured.sent, measured.answered) == (1, 1))
    #expect((measured.images, measured.correct, measured.wrong) == (1, 1, 0))
    #expect(measured.latencies.maximumNanoseconds == 75_000)
    #expect(measured.queueTimes.maximumNanoseconds == 11_000)
    #expect(measured.computeTimes.maximumNanoseconds == 42_000)
    #expect(talk.tallies.lastAnswer == Instant(nanoseconds: 76_000))
    #expect(talk.tallies.inFlight == 0)
  }

  @Test func `another label than the image's is counted as wrong`() {
    var talk = Talk()
    let ids = [talk.send(image: 0), talk.send(image: 1)]
    _ = talk.hearResult(ids[1], label: 3)
    _ = talk.hearResult(ids[0], label: 3)
    #expect((talk.tallies.measured.correct, talk.tallies.measured.wrong) == (1, 1))
    #expect(talk.tallies.measured.accuracy == 0.5)
  }

  @Test func `the warm-up is entered apart`() {
    var talk = Talk()
    let id = talk.send(image: 0, part: .warmUp)
    _ = talk.hearResult(id, label: 3)
    #expect(talk.tallies.warmUp.answered == 1)
    #expect(talk.tallies.measured.answered == 0)
    #expect(talk.tallies.measured.accuracy == nil)
    #expect(talk.tallies.lastAnswer == nil)
  }

  @Test func `refusals are counted by their code`() {
    var talk = Talk()
    let ids = (0..<3).map { _ in talk.send(image: 0) }
    #expect(talk.hearError(ids[0], .overloaded) == .goOn)
    #expect(talk.hearError(ids[1], .draining) == .goOn)
    #expect(talk.hearError(ids[2], .overloaded) == .goOn)
    #expect(talk.tallies.measured.refusals == [.overloaded: 2, .draining: 1])
    #expect(talk.tallies.measured.refused == 3)
    #expect(talk.tallies.inFlight == 0)
  }

  @Test func `an ERROR that closes ends the connection and loses the rest`() throws {
    var talk = Talk()
    _ = talk.send(image: 0)
    _ = talk.send(image: 1, part: .warmUp)
    guard case .breakOff(let reason) = talk.hearError(0, .timedOut) else {
      Issue.record("expected the connection to break off")
      return
    }
    #expect(reason.contains("TIMED_OUT"))
    talk.tallies.lose(talk.conversation.end())
    #expect(talk.tallies.measured.lost == 1)
    #expect(talk.tallies.warmUp.lost == 1)
    #expect(talk.tallies.inFlight == 0)
  }

  @Test func `answers that nobody waits for are counted and change nothing`() {
    var talk = Talk()
    let id = talk.send(image: 0)
    #expect(talk.hearResult(id + 1, label: 3) == .goOn)
    #expect(talk.hearError(id + 1, .overloaded) == .goOn)
    #expect(talk.tallies.strays == 2)
    #expect(talk.tallies.inFlight == 1)
  }

  @Test func `a second answer is told from one that nobody asked for`() {
    var talk = Talk()
    let id = talk.send(image: 0)
    for _ in 0..<2 { #expect(talk.hearResult(id, label: 3) == .goOn) }
    #expect((talk.tallies.duplicates, talk.tallies.strays) == (1, 0))
    #expect(talk.tallies.measured.answered == 1)
  }

  @Test func `at its deadline a request has timed out, and its answer is late`() {
    var talk = Talk()
    let ids = [talk.send(image: 0, at: 0), talk.send(image: 0, at: 500_000)]
    talk.checkDeadlines(at: 1_000_000)
    #expect(talk.tallies.measured.timedOut == 0)
    talk.checkDeadlines(at: 1_000_001)
    #expect((talk.tallies.measured.timedOut, talk.tallies.inFlight) == (1, 1))
    #expect(talk.tallies.owedCount == 2)
    _ = talk.hearResult(ids[0], label: 3, at: 1_100_000)
    #expect(talk.tallies.lateAnswers == 1)
    // The other's answer comes too late, before anybody looked at the clock.
    _ = talk.hearResult(ids[1], label: 3, at: 1_500_000)
    let measured = talk.tallies.measured
    #expect((measured.sent, measured.timedOut, measured.answered) == (2, 2, 0))
    #expect((talk.tallies.inFlight, talk.tallies.duplicates, talk.tallies.strays) == (0, 0, 0))
    #expect(talk.tallies.owedCount == 0)
  }

  @Test(arguments: [
    (2, ReturnKind.topOne, "expected a RESULT of 1 images, got one of 2"),
    (1, .probabilities, "a RESULT was not in the form that was asked for"),
  ])
  func `a RESULT that was not asked for ends the connection`(
    images: Int, returns: ReturnKind, reason: String
  ) {
    var talk = Talk()
    let id = talk.send(image: 0)
    #expect(
      talk.hearResult(id, label: 3, images: images, returns: returns) == .breakOff(reason: reason))
    #expect(talk.tallies.measured.answered == 0)
  }

  @Test func `what the client gives up is abandoned, not lost`() {
    var talk = Talk()
    for _ in 0..<3 { _ = talk.send(image: 0) }
    talk.checkDeadlines(at: 1_000_001)
    _ = talk.send(image: 1, at: 1_000_001)
    talk.tallies.abandon(talk.conversation.end())
    let measured = talk.tallies.measured
    #expect((measured.timedOut, measured.abandoned, measured.lost) == (3, 1, 0))
    #expect((talk.tallies.inFlight, talk.tallies.owedCount) == (0, 0))
  }

  @Test func `after GOAWAY nothing new is sent, and other messages are passed over`() {
    var talk = Talk()
    #expect(
      talk.hear(GoAway(reason: .shutdown, graceMilliseconds: 9).header()) == .sendNoMore)
    #expect(talk.hear(FrameHeader(.pong, requestID: 9)) == .goOn)
    #expect(talk.hear(HealthReply(.live, isYes: true).header()) == .goOn)
  }
}
