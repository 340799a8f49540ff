import DigitHTTP
import DigitWire
import EventLoop

/// How a connection asks and reads answers: in the protocol of the port that it is on.
enum LoadWire {
  case binary(BinaryWire)
  case http(HTTPWire)

  init(_ plan: LoadPlan) {
    switch plan.door {
    case .binary: self = .binary(BinaryWire())
    case .http: self = .http(HTTPWire())
    }
  }

  /// Before a load's first request.
  /// - Parameter terms: nil before the server has told them.
  func prepare(_ plan: LoadPlan, _ terms: LoadTerms?) {
    switch self {
    case .binary(let wire): wire.prepare(plan, terms)
    case .http(let wire): wire.prepare(plan, terms)
    }
  }

  /// What stands before the pixels of a request.
  var headByteCount: Int {
    switch self {
    case .binary: FrameHeader.byteCount
    case .http(let wire): wire.question.count
    }
  }

  /// Adds what stands before the pixels of the request of this id.
  @inline(__always)
  func appendHead(_ id: UInt64, to pieces: PieceList) {
    switch self {
    case .binary(let wire):
      pieces.append(FrameHeader.byteCount) { wire.question.header(requestID: id).encode(into: $0) }
    case .http(let wire):
      wire.pending.append(id)
      pieces.append(wire.question.count) { $0.copyBytes(from: wire.question) }
    }
  }

  /// Reads the next answer; nil when `input` is used up.
  @inline(__always)
  func next(
    _ input: inout UnsafeRawBufferPointer, _ conversation: inout Conversation, now: Instant,
    images: LabelledImages
  ) -> Conversation.Reading? {
    switch self {
    case .binary(let wire):
      do {
        return try wire.reader.next(&input) {
          conversation.messageArrived($0, $1, now: now, images: images)
        }
      } catch {
        return Conversation.Reading(action: .breakOff(reason: error.refusal.message))
      }
    case .http(let wire):
      do {
        guard try wire.reader.next(&input) else { return nil }
        return conversation.responseArrived(
          wire.reader, id: wire.pending.takeFirst(), now: now, images: images)
      } catch {
        return Conversation.Reading(action: .breakOff(reason: error.description))
      }
    }
  }
}

/// The binary protocol: PREDICT and RESULT.
final class BinaryWire {
  fileprivate var reader = MessageReader(payloadByteCountMax: payloadByteCountMax)
  fileprivate var question = Predict(imageCount: 1)

  /// Far above any RESULT: 256 images of 1,024 classes.
  static let payloadByteCountMax = 1 << 20

  fileprivate func prepare(_ plan: LoadPlan, _ terms: LoadTerms?) {
    question.imageCount = plan.batch
    question.deadlineMicroseconds = UInt32(clamping: plan.deadline?.wholeMicroseconds ?? 0)
    question.modelHandle = terms?.modelHandle ?? 0
  }
}

/// HTTP: requests that differ in their pixels only, and responses in their order.
final class HTTPWire {
  fileprivate var reader = ResponseReader(bodyByteCountMax: BinaryWire.payloadByteCountMax)
  fileprivate var question: [UInt8] = []
  fileprivate var pending = PendingIDs(capacity: 1)

  fileprivate func prepare(_ plan: LoadPlan, _ terms: LoadTerms?) {
    pending = PendingIDs(capacity: plan.pipeline)
    guard let terms else { return }
    question = HTTPQuestion(plan, model: terms.model.name).bytes
  }
}

/// The ids of requests in the order in which their answers come.
struct PendingIDs {
  private var ids: [UInt64]
  private var first = 0
  private var count = 0

  init(capacity: Int) { ids = Array(repeating: 0, count: capacity) }

  /// - Precondition: there are fewer than the capacity.
  mutating func append(_ id: UInt64) {
    precondition(count < ids.count, "no more requests are in flight than the pipeline holds")
    ids[(first + count) % ids.count] = id
    count += 1
  }

  mutating func takeFirst() -> UInt64? {
    guard count > 0 else { return nil }
    defer {
      first = (first + 1) % ids.count
      count -= 1
    }
    return ids[first]
  }
}
