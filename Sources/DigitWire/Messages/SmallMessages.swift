/// HEALTH: the one question that may be asked before HELLO.
public enum HealthProbe: UInt8, Sendable {
  case live = 0
  case ready = 1

  /// - Throws: `BAD_REQUEST`, `LENGTH_MISMATCH`.
  public init(_ header: FrameHeader) throws(Refusal) {
    let value = header.parameters.u8(at: 0)
    guard let probe = HealthProbe(rawValue: value) else {
      throw Refusal(.badRequest, "expected probe 0 (live) or 1 (ready), got \(value)")
    }
    try header.requireReserved(from: 1, in: "HEALTH")
    try header.requireEmptyPayload(of: "HEALTH")
    self = probe
  }

  public var request: FrameHeader {
    var parameters = Parameters()
    parameters.set(rawValue, at: 0)
    return FrameHeader(.health, parameters: parameters)
  }

  public func reply(_ isTrue: Bool) -> FrameHeader {
    var parameters = Parameters()
    parameters.set(rawValue, at: 0)
    parameters.set(UInt8(isTrue ? 1 : 0), at: 1)
    return FrameHeader(.healthReply, parameters: parameters)
  }
}

/// GOAWAY: no new requests here, please.
public struct GoAway: Equatable, Sendable {
  public enum Reason: UInt16, Sendable {
    case shutdown = 1
    case maximumAge = 2
  }

  public var reason: Reason
  public var graceMilliseconds: UInt32

  public init(reason: Reason, graceMilliseconds: UInt32) {
    self.reason = reason
    self.graceMilliseconds = graceMilliseconds
  }

  public init(_ parameters: Parameters) throws(PayloadError) {
    guard let reason = Reason(rawValue: parameters.u16(at: 0)) else { throw .badField }
    self.reason = reason
    graceMilliseconds = parameters.u32(at: 4)
  }

  public var header: FrameHeader {
    var parameters = Parameters()
    parameters.set(reason.rawValue, at: 0)
    parameters.set(graceMilliseconds, at: 4)
    return FrameHeader(.goAway, parameters: parameters)
  }
}

extension FrameHeader {
  /// - Throws: `BAD_REQUEST` unless the parameters from `offset` on are zero.
  public func requireReserved(from offset: Int = 0, in message: String) throws(Refusal) {
    guard parameters.isZero(from: offset) else {
      throw Refusal(
        .badRequest, "expected zero in \(message)'s reserved parameter bytes \(offset) to 15")
    }
  }

  /// - Throws: `LENGTH_MISMATCH` unless there is no payload.
  public func requireEmptyPayload(of message: String) throws(Refusal) {
    guard payloadByteCount == 0 else {
      throw Refusal(
        .lengthMismatch, "expected no payload in \(message), got \(payloadByteCount) bytes")
    }
  }

  /// - Throws: `BAD_REQUEST`, `LENGTH_MISMATCH` unless this is a good PING.
  public func requirePing() throws(Refusal) {
    try requireReserved(in: "PING")
    guard payloadByteCount <= ProtocolLimits.pingByteCountMax else {
      throw Refusal(
        .lengthMismatch,
        "expected at most \(ProtocolLimits.pingByteCountMax) bytes in PING, "
          + "got \(payloadByteCount)")
    }
  }
}
