/// A message: what its frame's header says, and how a frame is read back.
///
/// Each message has a file, in which both directions stand beside each other. The payload is one of
/// two kinds:
/// - part of the value (`WholeMessage`): read and written with it;
/// - a stream beside it (PREDICT's pixels, RESULT's records, the bytes that PING echoes): the
///   sender writes it behind the header, the receiver takes it as it comes, and the value only
///   knows its length.
public protocol Message: Equatable, Sendable {
  /// What is wrong with a frame: `Refusal` for requests, which a server answers with its code;
  /// `PayloadError` for what a server sends.
  associatedtype Fault: Error

  static var type: MessageType { get }
  var flags: Flags { get }
  var parameters: Parameters { get }
  var payloadByteCount: Int { get }

  /// Reads a whole frame, whose header has this message's type.
  init(_ header: FrameHeader, payload: UnsafeRawBufferPointer) throws(Fault)
}

/// A message of which everything is known once its header is there.
public protocol HeaderMessage: Message {
  init(_ header: FrameHeader) throws(Fault)
}

/// A message that holds its payload, if it has any.
public protocol WholeMessage: Message {
  /// Writes the payload into exactly `payloadByteCount` bytes.
  func encodePayload(into bytes: UnsafeMutableRawBufferPointer)
}

extension Message {
  public var flags: Flags { [] }
  public var parameters: Parameters { Parameters() }

  /// The header of its frame.
  @inlinable
  public func header(requestID: UInt64 = 0) -> FrameHeader {
    FrameHeader(
      Self.type, requestID: requestID, parameters: parameters,
      payloadByteCount: payloadByteCount, flags: flags)
  }

  /// Bytes of the whole frame.
  @inlinable
  public var encodedByteCount: Int { FrameHeader.byteCount + payloadByteCount }

  /// Writes the whole frame into exactly `encodedByteCount` bytes, the payload by `writePayload`.
  @inlinable
  public func encode(
    requestID: UInt64 = 0, into bytes: UnsafeMutableRawBufferPointer,
    writePayload: (UnsafeMutableRawBufferPointer) -> Void
  ) {
    header(requestID: requestID).encode(into: bytes)
    writePayload(UnsafeMutableRawBufferPointer(rebasing: bytes[FrameHeader.byteCount...]))
  }
}

extension HeaderMessage {
  public init(_ header: FrameHeader, payload: UnsafeRawBufferPointer) throws(Fault) {
    try self.init(header)
  }
}

extension WholeMessage {
  /// Writes the whole frame into exactly `encodedByteCount` bytes.
  @inlinable
  public func encode(requestID: UInt64 = 0, into bytes: UnsafeMutableRawBufferPointer) {
    encode(requestID: requestID, into: bytes) { encodePayload(into: $0) }
  }
}

extension HeaderMessage where Self: WholeMessage {
  public var payloadByteCount: Int { 0 }
  public func encodePayload(into bytes: UnsafeMutableRawBufferPointer) {}
}

/// What the checks of requests have in common.
extension FrameHeader {
  /// - Throws: `BAD_REQUEST` unless the parameters from `offset` on are zero.
  func requireReserved(from offset: Int = 0, in type: MessageType) throws(Refusal) {
    guard parameters.isZero(from: offset) else {
      throw Refusal(
        .badRequest,
        "expected zero in \(type.name)'s reserved parameter bytes \(offset) to 15")
    }
  }

  /// - Throws: `LENGTH_MISMATCH` unless there is no payload.
  func requireEmptyPayload(of type: MessageType) throws(Refusal) {
    guard payloadByteCount == 0 else {
      throw Refusal(
        .lengthMismatch, "expected no payload in \(type.name), got \(payloadByteCount) bytes")
    }
  }
}
