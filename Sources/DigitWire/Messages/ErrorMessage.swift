/// A refusal on its way to becoming an ERROR: the code, and what was expected and what came.
public struct Refusal: Error, Equatable, Sendable {
  public let code: ErrorCode
  public let message: String
  /// The image of the request, from 0, that it is about.
  public let image: Int?

  public init(_ code: ErrorCode, _ message: String, image: Int? = nil) {
    self.code = code
    self.message = message
    self.image = image
  }
}

/// ERROR: the one answer to a request that has no other, or the end of a connection.
public struct ErrorMessage: WholeMessage {
  public typealias Fault = PayloadError
  public static let type = MessageType.error
  public static let messageByteCountMax = 512

  public enum Processed: UInt8, Sendable {
    case no = 0
    case yes = 1
    case unknown = 2
  }

  public var code: ErrorCode
  public var fault: ErrorCode.Fault
  public var isRetryable: Bool
  public var processed: Processed
  public var closes: Bool
  public var retryAfterMilliseconds: UInt32
  public var image: Int?
  public var message: String

  /// The ERROR that SPEC's table gives for a refusal; an unknown code counts as the server's fault.
  public init(_ refusal: Refusal, retryAfterMilliseconds: UInt32 = 0) {
    let traits = refusal.code.traits
    code = refusal.code
    fault = traits?.fault ?? .server
    isRetryable = traits?.isRetryable ?? false
    processed = refusal.code == .internal ? .unknown : .no
    closes = traits?.closes ?? false
    self.retryAfterMilliseconds = retryAfterMilliseconds
    image = refusal.image
    message = refusal.message
  }

  /// A message that is not UTF-8 is repaired: a client must be able to read any refusal.
  ///
  /// - Throws: `PayloadError.badField` for a class or processed that the protocol does not have.
  public init(
    _ header: FrameHeader, payload: UnsafeRawBufferPointer
  ) throws(PayloadError) {
    let parameters = header.parameters
    guard let fault = ErrorCode.Fault(rawValue: parameters.u8(at: 2)),
      let processed = Processed(rawValue: parameters.u8(at: 4))
    else { throw .badField }
    code = ErrorCode(rawValue: parameters.u16(at: 0))
    self.fault = fault
    isRetryable = parameters.u8(at: 3) != 0
    self.processed = processed
    closes = parameters.u8(at: 5) != 0
    retryAfterMilliseconds = parameters.u32(at: 8)
    let image = parameters.u32(at: 12)
    self.image = image == .max ? nil : Int(image)
    message = String(decoding: payload, as: UTF8.self)
  }

  public var parameters: Parameters {
    var parameters = Parameters()
    parameters.set(code.rawValue, at: 0)
    parameters.set(fault.rawValue, at: 2)
    parameters.set(UInt8(isRetryable ? 1 : 0), at: 3)
    parameters.set(processed.rawValue, at: 4)
    parameters.set(UInt8(closes ? 1 : 0), at: 5)
    parameters.set(retryAfterMilliseconds, at: 8)
    parameters.set(UInt32(image.map { UInt32($0) } ?? .max), at: 12)
    return parameters
  }

  /// The message as it is sent: cut between characters where it is too long.
  private var wireMessage: String {
    message.cut(toByteCount: Self.messageByteCountMax)
  }

  public var payloadByteCount: Int { wireMessage.utf8.count }

  public func encodePayload(into bytes: UnsafeMutableRawBufferPointer) {
    var writer = ByteWriter(bytes)
    writer.write(wireMessage.utf8)
  }
}
