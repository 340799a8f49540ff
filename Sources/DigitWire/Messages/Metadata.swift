/// METADATA: asks for what is known of one model, or of all.
public enum MetadataRequest: Equatable, Sendable {
  case one(handle: UInt16)
  case all

  private static let everyHandle: UInt16 = 0xFFFF

  /// - Throws: `BAD_REQUEST`, `LENGTH_MISMATCH`.
  public init(_ header: FrameHeader) throws(Refusal) {
    try header.requireReserved(from: 2, in: "METADATA")
    try header.requireEmptyPayload(of: "METADATA")
    let handle = header.parameters.u16(at: 0)
    self = handle == Self.everyHandle ? .all : .one(handle: handle)
  }

  public var parameters: Parameters {
    var parameters = Parameters()
    switch self {
    case .one(let handle): parameters.set(handle, at: 0)
    case .all: parameters.set(Self.everyHandle, at: 0)
    }
    return parameters
  }
}

/// METADATA_REPLY and MODELS_CHANGED: a list of models.
public struct ModelList: Equatable, Sendable {
  public var models: [ModelEntry]

  public init(_ models: [ModelEntry]) { self.models = models }

  public init(
    _ parameters: Parameters, payload: UnsafeRawBufferPointer
  ) throws(PayloadError) {
    var reader = ByteReader(payload)
    models = try ModelEntry.list(count: parameters.u16(at: 0), from: &reader)
  }

  public var parameters: Parameters {
    var parameters = Parameters()
    parameters.set(UInt16(models.count), at: 0)
    return parameters
  }

  public var encodedByteCount: Int {
    FrameHeader.byteCount + models.reduce(0) { $0 + $1.encodedByteCount }
  }

  /// - Parameter type: `.metadataReply` with the request's id, or `.modelsChanged` with 0.
  public func encode(
    as type: MessageType, requestID: UInt64, into bytes: UnsafeMutableRawBufferPointer
  ) {
    FrameHeader(
      type, requestID: requestID, parameters: parameters,
      payloadByteCount: encodedByteCount - FrameHeader.byteCount
    ).encode(into: bytes)
    var writer = ByteWriter(bytes, from: FrameHeader.byteCount)
    for model in models { model.encode(into: &writer) }
  }
}
