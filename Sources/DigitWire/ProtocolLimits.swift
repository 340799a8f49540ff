/// The numbers of version 1 that both sides share (SPEC sections 4.2 and 6).
public enum ProtocolLimits {
  public static let version: UInt16 = 1
  /// "DGT1", little-endian.
  public static let magic: UInt32 = 0x3154_4744
  public static let imageRows = 28
  public static let imageColumns = 28
  public static let pixelsPerImage = imageRows * imageColumns

  public static let payloadByteCountMaxBeforeWelcome = 1_024
  public static let tokenByteCountMax = 512
  public static let pingByteCountMax = 64
  public static let modelNameByteCountMax = 64
  /// Of what a model's entry tells of a file that is not served.
  public static let problemByteCountMax = 512
  /// What a client that has not seen WELCOME keeps to, and every server takes.
  public static let imagesPerRequestBeforeWelcome = 256
  public static let pipelinedPayloadByteCountMax =
    imagesPerRequestBeforeWelcome * pixelsPerImage
}

/// What a server lets one connection do; announced in WELCOME.
public struct ConnectionLimits: Equatable, Sendable {
  public var payloadByteCountMax: Int
  public var imagesPerRequestMax: Int
  public var requestsInFlightMax: Int

  public init(imagesPerRequestMax: Int = 256, requestsInFlightMax: Int = 256) {
    self.imagesPerRequestMax = imagesPerRequestMax
    self.requestsInFlightMax = requestsInFlightMax
    payloadByteCountMax = max(
      ProtocolLimits.pipelinedPayloadByteCountMax,
      imagesPerRequestMax * PixelType.float32.imageByteCount)
  }
}
