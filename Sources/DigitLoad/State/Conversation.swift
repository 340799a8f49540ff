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

  package init(pipeline: Int, batch: Int) {
    ledger = RequestLedger(capacity: pipeline)
    self.batch = batch
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
      guard let entry = ledger.end(header.requestID) else {
        tallies.strays += 1
        return .goOn
      }
      let correct = images.correctCount(from: entry.firstImage, in: payload)
      tallies.answer(entry, result, correct: correct, now: now)
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
    if let entry = ledger.end(header.requestID) {
      tallies.refuse(entry, message.code)
    } else if header.requestID != 0 {
      tallies.strays += 1
    }
    guard message.closes else { return .goOn }
    return .breakOff(reason: "the server closed it with \(message.code): \(message.message)")
  }

  /// The connection is gone: what was in flight is lost.
  package mutating func end(tallies: inout LoadTallies) { tallies.lose(ledger.endAll()) }
}
