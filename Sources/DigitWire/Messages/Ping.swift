/// PING: bytes that the server sends back; they follow the header.
public struct Ping: HeaderMessage {
  public let payloadByteCount: Int

  public typealias Fault = Refusal
  public static let type = MessageType.ping

  /// - Precondition: at most `ProtocolLimits.pingByteCountMax` bytes.
  public init(payloadByteCount: Int = 0) {
    precondition((0...ProtocolLimits.pingByteCountMax).contains(payloadByteCount))
    self.payloadByteCount = payloadByteCount
  }

  /// - Throws: `BAD_REQUEST`, `LENGTH_MISMATCH`.
  public init(_ header: FrameHeader) throws(Refusal) {
    try header.requireReserved(in: Self.type)
    guard header.payloadByteCount <= ProtocolLimits.pingByteCountMax else {
      throw Refusal(
        .lengthMismatch,
        "expected at most \(ProtocolLimits.pingByteCountMax) bytes in PING, "
          + "got \(header.payloadByteCount)")
    }
    payloadByteCount = header.payloadByteCount
  }
}

/// PONG: PING's bytes, which follow the header.
public struct Pong: HeaderMessage {
  public let payloadByteCount: Int

  public typealias Fault = Never
  public static let type = MessageType.pong

  public init(payloadByteCount: Int) { self.payloadByteCount = payloadByteCount }

  public init(_ header: FrameHeader) { payloadByteCount = header.payloadByteCount }
}
