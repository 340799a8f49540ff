/// WELCOME: the server's half of the handshake.
public struct Welcome: WholeMessage {
  public var version: UInt16
  public var features: Features
  public var limits: ConnectionLimits
  public var models: [ModelEntry]

  public typealias Fault = PayloadError
  public static let type = MessageType.welcome
  private static let limitsByteCount = 16

  public init(
    version: UInt16 = ProtocolLimits.version, features: Features = [],
    limits: ConnectionLimits, models: [ModelEntry]
  ) {
    self.version = version
    self.features = features
    self.limits = limits
    self.models = models
  }

  /// - Throws: `PayloadError`; `.badField` for a wrong magic.
  public init(
    _ header: FrameHeader, payload: UnsafeRawBufferPointer
  ) throws(PayloadError) {
    let parameters = header.parameters
    guard parameters.u32(at: 0) == ProtocolLimits.magic else { throw .badField }
    version = parameters.u16(at: 4)
    features = Features(rawValue: parameters.u32(at: 8))
    var reader = ByteReader(payload)
    let payloadByteCountMax = Int(try reader.integer(UInt32.self))
    let imagesPerRequestMax = Int(try reader.integer(UInt32.self))
    let requestsInFlightMax = Int(try reader.integer(UInt32.self))
    _ = try reader.take(4)
    limits = ConnectionLimits(
      imagesPerRequestMax: imagesPerRequestMax, requestsInFlightMax: requestsInFlightMax)
    limits.payloadByteCountMax = payloadByteCountMax
    models = try ModelEntry.list(count: parameters.u16(at: 6), from: &reader)
  }

  public var parameters: Parameters {
    var parameters = Parameters()
    parameters.set(ProtocolLimits.magic, at: 0)
    parameters.set(version, at: 4)
    parameters.set(UInt16(models.count), at: 6)
    parameters.set(features.rawValue, at: 8)
    return parameters
  }

  public var payloadByteCount: Int {
    Self.limitsByteCount + models.reduce(0) { $0 + $1.encodedByteCount }
  }

  public func encodePayload(into bytes: UnsafeMutableRawBufferPointer) {
    var writer = ByteWriter(bytes)
    writer.write(UInt32(limits.payloadByteCountMax))
    writer.write(UInt32(limits.imagesPerRequestMax))
    writer.write(UInt32(limits.requestsInFlightMax))
    writer.write(UInt32(0))
    for model in models { model.encode(into: &writer) }
  }
}
