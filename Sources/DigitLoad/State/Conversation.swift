import DigitWire
import EventLoop

/// One connection's side of the talk once it has been welcomed: matches each message with its
/// request and enters what became of it.
package struct Conversation {
  /// What the connection has to do next.
  package enum Action: Equatable {
    case goOn
    /// Wait for what is in flight, send nothing new.
    case sendNoMore
    case breakOff(reason: String)
  }

  package private(set) var ledger: RequestLedger
  private let batch: Int
  private let deadline: Duration?

  package init(pipeline: Int, batch: Int, deadline: Duration? = nil) {
    ledger = RequestLedger(capacity: pipeline)
    self.batch = batch
    self.deadline = deadline
  }

  package mutating func begin(_ entry: RequestLedger.Entry) -> UInt64 { ledger.begin(entry) }

  package mutating func messageArrived(
    _ header: FrameHeader, _ payload: UnsafeRawBufferPointer, now: Instant,
    images: LabelledImages, tallies: inout LoadTallies
  ) -> Action {
    switch MessageType(rawValue: header.type) {
    case .result:
      guard let result = try? PredictResult(header), result.imageCount == batch,
        result.returns == .topOne
      else { return .breakOff(reason: "a RESULT is not what its request asked for") }
      guard let entry = request(header.requestID, tallies: &tallies) else { return .goOn }
      if let deadline, now.isAtLeast(deadline, after: entry.begun) {
        // It came before the clock was next looked at, and too late all the same.
        tallies.timeOut(entry)
      } else {
        let correct = images.correctCount(from: entry.firstImage, in: payload)
        tallies.answer(entry, result, correct: correct, now: now)
      }
      return .goOn
    case .error: return refused(header, payload, tallies: &tallies)
    case .goAway: return .sendNoMore
    default: return .goOn
    }
  }

  private mutating func refused(
    _ header: FrameHeader, _ payload: UnsafeRawBufferPointer, tallies: inout LoadTallies
  ) -> Action {
    guard let message = try? ErrorMessage(header.parameters, payload: payload) else {
      return .breakOff(reason: "an ERROR does not hold what it says")
    }
    if header.requestID != 0, let entry = request(header.requestID, tallies: &tallies) {
      tallies.refuse(entry, message.code)
    }
    guard message.closes else { return .goOn }
    return .breakOff(reason: "the server closed it with \(message.code): \(message.message)")
  }

  /// Takes out the request that an answer is for; counts an answer that nobody waits for.
  private mutating func request(
    _ id: UInt64, tallies: inout LoadTallies
  ) -> RequestLedger.Entry? {
    switch ledger.end(id) {
    case .request(let entry): return entry
    case .timedOut: tallies.lateAnswers += 1
    case .answered: tallies.duplicates += 1
    case .nobody: tallies.strays += 1
    }
    return nil
  }

  /// Gives up what has been waited for longer than the deadline.
  package mutating func checkDeadlines(now: Instant, tallies: inout LoadTallies) {
    guard let deadline else { return }
    let passed = deadline.wholeMicroseconds * 1_000
    guard now.nanoseconds > passed else { return }
    let moment = Instant(nanoseconds: now.nanoseconds - passed)
    ledger.giveUp(sentBefore: moment) { tallies.timeOut($0) }
  }

  /// The connection is gone: what was in flight is lost.
  package mutating func end(tallies: inout LoadTallies) { tallies.lose(ledger.endAll()) }
}
