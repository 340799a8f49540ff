/// GOAWAY: the server takes no new requests on this connection (SPEC section 4.8).
public struct GoAway: HeaderMessage, WholeMessage {
  public enum Reason: UInt16, Sendable {
    case shutdown = 1
    case maximumAge = 2
  }

  public var reason: Reason
  public var graceMilliseconds: UInt32

  public typealias Fault = PayloadError
  public static let type = MessageType.goAway

  public init(reason: Reason, graceMilliseconds: UInt32) {
    self.reason = reason
    self.graceMilliseconds = graceMilliseconds
  }

  public var parameters: Parameters {
    var parameters = Parameters()
    parameters.set(reason.rawValue, at: 0)
    parameters.set(graceMilliseconds, at: 4)
    return parameters
  }

  /// - Throws: `PayloadError.badField` for a reason that the protocol does not have.
  public init(_ header: FrameHeader) throws(PayloadError) {
    guard let reason = Reason(rawValue: header.parameters.u16(at: 0)) else { throw .badField }
    self.init(reason: reason, graceMilliseconds: header.parameters.u32(at: 4))
  }
}
