import DigitHTTP
import DigitWire
import EventLoop

/// What an HTTP response means. Responses come in the order of their requests, and so have no id.
extension Conversation {
  /// - Parameter id: of the request whose turn it is; nil where none is waited for.
  mutating func responseArrived(
    _ response: ResponseReader, id: UInt64?, now: Instant, images: LabelledImages
  ) -> Reading {
    guard let id else { return Reading(outcome: .stray) }
    guard response.status == 200 else { return refused(response, id: id) }
    guard let labels = labels(in: response) else {
      return Reading(
        action: .breakOff(
          reason: "expected \(batch) labels of 8 bytes behind Inference-Header-Content-Length "
            + "bytes of JSON, got a body of \(response.body.count) bytes"))
    }
    let json = response.body[..<labels.startIndex]
    let result = PredictResult(
      modelVersion: 0, queueMicroseconds: microseconds(#""queue_us":"#, in: json),
      computeMicroseconds: microseconds(#""compute_us":"#, in: json), imageCount: batch,
      returns: .topOne, classCount: 1)
    let outcome = end(id, with: result, now: now) { images.correctCount(from: $0, in: labels) }
    return Reading(outcome: outcome, action: response.keepsAlive ? .goOn : closed(response))
  }

  /// The output that was asked for: INT64, one for each image.
  private func labels(in response: ResponseReader) -> ArraySlice<UInt8>? {
    guard let start = response.number("inference-header-content-length"),
      response.body.count - start == 8 * batch
    else { return nil }
    return response.body[start...]
  }

  private mutating func refused(_ response: ResponseReader, id: UInt64) -> Reading {
    let code = ErrorCode(httpStatus: response.status)
    return Reading(
      outcome: end(id) { .refused($0, code) },
      action: response.keepsAlive ? .goOn : closed(response))
  }

  private func closed(_ response: ResponseReader) -> Action {
    let text = String(decoding: response.body.prefix(200), as: UTF8.self)
    return .breakOff(
      reason: "the server closed it after status \(response.status)"
        + (response.status == 200 ? "" : ": \(text)"))
  }
}

/// The number that follows `key` in digitd's JSON; 0 where another server says nothing of it.
private func microseconds(_ key: StaticString, in json: ArraySlice<UInt8>) -> UInt32 {
  key.withUTF8Buffer { key in
    guard json.count > key.count else { return 0 }
    for start in json.startIndex..<(json.endIndex - key.count)
    where json[start] == key[0] && json[start...].starts(with: key) {
      let digits = json[(start + key.count)...].prefix { (0x30...0x39).contains($0) }.prefix(9)
      return digits.reduce(0) { $0 * 10 + UInt32($1 - 0x30) }
    }
    return 0
  }
}

extension ErrorCode {
  /// The binary protocol's code for what a status of HTTP says, so that figures of both are
  /// counted alike.
  init(httpStatus: Int) {
    self =
      switch httpStatus {
      case 401: .unauthenticated
      case 403: .permissionDenied
      case 404: .unknownModel
      case 408: .timedOut
      case 413: .frameTooLarge
      case 429, 503: .overloaded
      case 504: .deadlineExceeded
      case 400..<500: .badRequest
      default: .internal
      }
  }
}
