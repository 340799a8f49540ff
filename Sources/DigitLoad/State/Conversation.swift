import DigitWire
import EventLoop

/// One connection's side of the talk once it has been welcomed: matches each message with its
/// request and says what became of it.
package struct Conversation {
  /// What a message means.
  package struct Reading: Equatable {
    package var outcome: Outcome?
    package var action = Action.goOn
  }

  /// What became of a request.
  package enum Outcome: Equatable {
    case answered(RequestLedger.Entry, PredictResult, correct: Int?)
    case refused(RequestLedger.Entry, ErrorCode)
    /// Its deadline has passed; the server still owes the answer.
    case timedOut(RequestLedger.Entry)
    /// The answer came after the deadline, but before anybody looked at the clock.
    case answeredLate(RequestLedger.Entry)
    /// The answer to a request that had timed out.
    case lateAnswer
    /// A second answer to a request that had had one.
    case duplicate
    /// An answer to a request that was never sent.
    case stray
  }

  /// What the connection has to do next.
  package enum Action: Equatable {
    case goOn
    /// Wait for what is in flight, send nothing new.
    case sendNoMore
    case breakOff(reason: String)
  }

  /// What was open when a connection ended.
  package struct Remains {
    /// Requests whose end was not known.
    package var requests: [RequestLedger.Entry]
    /// Answers that will not come any more, those to requests that had timed out among them.
    package var owedCount: Int
  }

  package private(set) var ledger: RequestLedger
  let batch: Int
  private let deadline: Duration?

  package init(pipeline: Int, batch: Int, deadline: Duration? = nil) {
    ledger = RequestLedger(capacity: pipeline)
    self.batch = batch
    self.deadline = deadline
  }

  package mutating func begin(_ entry: RequestLedger.Entry) -> UInt64 { ledger.begin(entry) }

  package mutating func messageArrived(
    _ header: FrameHeader, _ payload: UnsafeRawBufferPointer, now: Instant, images: LabelledImages
  ) -> Reading {
    switch MessageType(rawValue: header.type) {
    case .result: answered(header, payload, now: now, images: images)
    case .error: refused(header, payload)
    case .goAway: Reading(action: .sendNoMore)
    default: Reading()
    }
  }

  private mutating func answered(
    _ header: FrameHeader, _ payload: UnsafeRawBufferPointer, now: Instant, images: LabelledImages
  ) -> Reading {
    guard let result = try? PredictResult(header), result.returns == .topOne else {
      return Reading(action: .breakOff(reason: "a RESULT was not in the form that was asked for"))
    }
    guard result.imageCount == batch else {
      return Reading(
        action: .breakOff(
          reason: "expected a RESULT of \(batch) images, got one of \(result.imageCount)"))
    }
    return Reading(
      outcome: end(header.requestID, with: result, now: now) {
        images.correctCount(from: $0, in: result.records(payload))
      })
  }

  /// A request has its answer.
  /// - Parameter correct: how many of the images from this one on got their label, where that is
  ///   known.
  mutating func end(
    _ id: UInt64, with result: PredictResult, now: Instant, correct: (Int) -> Int?
  ) -> Outcome {
    let deadline = deadline
    return end(id) { entry in
      if let deadline, now.isAtLeast(deadline, after: entry.begun) { return .answeredLate(entry) }
      return .answered(entry, result, correct: correct(entry.firstImage))
    }
  }

  /// What the end of a request means, which `outcome` says where it was waited for.
  mutating func end(
    _ id: UInt64, _ outcome: (RequestLedger.Entry) -> Outcome
  ) -> Outcome {
    switch ledger.end(id) {
    case .request(let entry): outcome(entry)
    case .timedOut: .lateAnswer
    case .answered: .duplicate
    case .nobody: .stray
    }
  }

  private mutating func refused(
    _ header: FrameHeader, _ payload: UnsafeRawBufferPointer
  ) -> Reading {
    guard let message = try? ErrorMessage(header, payload: payload) else {
      return Reading(action: .breakOff(reason: "expected a well-formed ERROR"))
    }
    var reading = Reading()
    if header.requestID != 0 {
      reading.outcome = end(header.requestID) { .refused($0, message.code) }
    }
    if message.closes {
      reading.action = .breakOff(
        reason: "the server closed it with \(message.code): \(message.message)")
    }
    return reading
  }

  /// Gives up what has been waited for longer than the deadline.
  package mutating func checkDeadlines(now: Instant, _ each: (Outcome) -> Void) {
    guard let deadline else { return }
    let passed = deadline.wholeMicroseconds * 1_000
    guard now.nanoseconds > passed else { return }
    let moment = Instant(nanoseconds: now.nanoseconds - passed)
    ledger.giveUp(sentBefore: moment) { each(.timedOut($0)) }
  }

  /// The connection is gone.
  package mutating func end() -> Remains {
    let owedCount = ledger.owedCount
    return Remains(requests: ledger.endAll(), owedCount: owedCount)
  }
}
