/// HEALTH: the one request that a server answers before HELLO (SPEC section 4.7).
public enum HealthProbe: UInt8, HeaderMessage, WholeMessage {
  case live = 0
  case ready = 1

  public typealias Fault = Refusal
  public static let type = MessageType.health

  public var parameters: Parameters {
    var parameters = Parameters()
    parameters.set(rawValue, at: 0)
    return parameters
  }

  /// - Throws: `BAD_REQUEST`, `LENGTH_MISMATCH`.
  public init(_ header: FrameHeader) throws(Refusal) {
    let value = header.parameters.u8(at: 0)
    guard let probe = HealthProbe(rawValue: value) else {
      throw Refusal(.badRequest, "expected probe 0 (live) or 1 (ready), got \(value)")
    }
    try header.requireReserved(from: 1, in: Self.type)
    try header.requireEmptyPayload(of: Self.type)
    self = probe
  }
}

/// HEALTH_REPLY: the probe again, and yes or no.
public struct HealthReply: HeaderMessage, WholeMessage {
  public var probe: HealthProbe
  public var isYes: Bool

  public typealias Fault = PayloadError
  public static let type = MessageType.healthReply

  public init(_ probe: HealthProbe, isYes: Bool) {
    self.probe = probe
    self.isYes = isYes
  }

  public var parameters: Parameters {
    var parameters = Parameters()
    parameters.set(probe.rawValue, at: 0)
    parameters.set(UInt8(isYes ? 1 : 0), at: 1)
    return parameters
  }

  /// - Throws: `PayloadError.badField` for a probe that the protocol does not have.
  public init(_ header: FrameHeader) throws(PayloadError) {
    guard let probe = HealthProbe(rawValue: header.parameters.u8(at: 0)) else { throw .badField }
    self.init(probe, isYes: header.parameters.u8(at: 1) == 1)
  }
}
