import DigitHTTP
import EventLoop

/// A request, from its head to its answer.
struct HTTPExchange {
  let head: RequestHead
  /// Of the connection's, from 1: what its inference is known by.
  let number: UInt64
  /// What the client and the log know it by.
  let id: String
  /// When its last byte came; until then when its head did.
  var arrived: Instant
  /// The trace that it is a part of (W3C Trace Context), where the client says so.
  let traceParent: TraceParent?

  init(_ head: RequestHead, number: UInt64, connection: Int32, now: Instant) {
    self.head = head
    self.number = number
    id = "\(connection)-\(number)"
    arrived = now
    traceParent = head.first("traceparent").flatMap(TraceParent.init)
  }
}

/// A `traceparent` header (W3C Trace Context, section 3.2): version, trace, parent, flags.
package struct TraceParent: Equatable, Sendable, CustomStringConvertible {
  package let description: String

  /// Nil for what is malformed, which the recommendation says to ignore.
  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count >= 4, parts[0] != "ff", parts[0] != "00" || parts.count == 4,
      zip(parts, [2, 32, 16, 2]).allSatisfy({ $0.utf8.count == $1 && $0.utf8.allSatisfy(isHex) }),
      parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" })
    else { return nil }
    description = parts.prefix(4).joined(separator: "-")
  }
}

/// Lower case only, as the recommendation has it.
private func isHex(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
}
