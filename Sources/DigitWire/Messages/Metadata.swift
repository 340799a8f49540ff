/// METADATA: asks for what is known of one model, or of all (SPEC section 4.6).
public enum MetadataRequest: HeaderMessage, WholeMessage {
  case one(handle: UInt16)
  case all

  public typealias Fault = Refusal
  public static let type = MessageType.metadata
  private static let everyHandle: UInt16 = 0xFFFF

  public var parameters: Parameters {
    var parameters = Parameters()
    switch self {
    case .one(let handle): parameters.set(handle, at: 0)
    case .all: parameters.set(Self.everyHandle, at: 0)
    }
    return parameters
  }

  /// - Throws: `BAD_REQUEST`, `LENGTH_MISMATCH`.
  public init(_ header: FrameHeader) throws(Refusal) {
    try header.requireReserved(from: 2, in: Self.type)
    try header.requireEmptyPayload(of: Self.type)
    let handle = header.parameters.u16(at: 0)
    self = handle == Self.everyHandle ? .all : .one(handle: handle)
  }
}

/// METADATA_REPLY: the models that were asked for.
public struct MetadataReply: ModelListing {
  public var models: [ModelEntry]

  public static let type = MessageType.metadataReply

  public init(_ models: [ModelEntry]) { self.models = models }
}

/// MODELS_CHANGED: all models that the server offers from now on.
public struct ModelsChanged: ModelListing {
  public var models: [ModelEntry]

  public static let type = MessageType.modelsChanged

  public init(_ models: [ModelEntry]) { self.models = models }
}

/// What METADATA_REPLY and MODELS_CHANGED are: a list of models.
public protocol ModelListing: WholeMessage where Fault == PayloadError {
  var models: [ModelEntry] { get }
  init(_ models: [ModelEntry])
}

extension ModelListing {
  public var parameters: Parameters {
    var parameters = Parameters()
    parameters.set(UInt16(models.count), at: 0)
    return parameters
  }

  public var payloadByteCount: Int { models.reduce(0) { $0 + $1.encodedByteCount } }

  public func encodePayload(into bytes: UnsafeMutableRawBufferPointer) {
    var writer = ByteWriter(bytes)
    for model in models { model.encode(into: &writer) }
  }

  /// - Throws: `PayloadError`.
  public init(
    _ header: FrameHeader, payload: UnsafeRawBufferPointer
  ) throws(PayloadError) {
    var reader = ByteReader(payload)
    self.init(try ModelEntry.list(count: header.parameters.u16(at: 0), from: &reader))
  }
}
