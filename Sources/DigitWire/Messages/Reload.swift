/// RELOAD: asks the server to look at its model folder again (SPEC section 4.10).
public struct ReloadRequest: HeaderMessage, WholeMessage {
  public typealias Fault = Refusal
  public static let type = MessageType.reload

  public init() {}

  /// - Throws: `BAD_REQUEST`, `LENGTH_MISMATCH`.
  public init(_ header: FrameHeader) throws(Refusal) {
    try header.requireReserved(in: Self.type)
    try header.requireEmptyPayload(of: Self.type)
  }
}

/// RELOAD_REPLY: what the server has found, and serves from now on.
public struct ReloadReply: WholeMessage {
  public enum Outcome: UInt8, Sendable {
    /// Other models are served than before, or under other names.
    case changed = 1
    case unchanged = 2
    /// Something is not served as it lies in the folder; what else has changed is served.
    case refused = 3
  }

  public var outcome: Outcome
  /// Versions of models that are served since, or anew.
  public var loadedCount: Int
  /// Versions that are served no longer.
  public var removedCount: Int
  public var refusedCount: Int
  /// Why, for people: a line for each that is refused.
  public let message: String

  public typealias Fault = PayloadError
  public static let type = MessageType.reloadReply
  public static let messageByteCountMax = 4_096

  /// Cuts a message that is too long.
  public init(
    _ outcome: Outcome, loadedCount: Int, removedCount: Int, refusedCount: Int, message: String
  ) {
    self.outcome = outcome
    self.loadedCount = loadedCount
    self.removedCount = removedCount
    self.refusedCount = refusedCount
    self.message = message.cut(toByteCount: Self.messageByteCountMax)
  }

  /// - Throws: `PayloadError`.
  public init(
    _ header: FrameHeader, payload: UnsafeRawBufferPointer
  ) throws(PayloadError) {
    let parameters = header.parameters
    guard let outcome = Outcome(rawValue: parameters.u8(at: 0)) else { throw .badField }
    self.outcome = outcome
    loadedCount = Int(parameters.u32(at: 4))
    removedCount = Int(parameters.u32(at: 8))
    refusedCount = Int(parameters.u32(at: 12))
    var reader = ByteReader(payload)
    message = try reader.text(byteCount: payload.count)
  }

  public var parameters: Parameters {
    var parameters = Parameters()
    parameters.set(outcome.rawValue, at: 0)
    parameters.set(UInt32(clamping: loadedCount), at: 4)
    parameters.set(UInt32(clamping: removedCount), at: 8)
    parameters.set(UInt32(clamping: refusedCount), at: 12)
    return parameters
  }

  public var payloadByteCount: Int { message.utf8.count }

  public func encodePayload(into bytes: UnsafeMutableRawBufferPointer) {
    bytes.copyBytes(from: message.utf8)
  }
}
