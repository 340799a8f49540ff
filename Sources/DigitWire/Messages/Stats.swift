/// STATS: asks for the server's figures.
public struct StatsRequest: HeaderMessage, WholeMessage {
  public typealias Fault = Refusal
  public static let type = MessageType.stats

  public init() {}

  /// - Throws: `BAD_REQUEST`, `LENGTH_MISMATCH`.
  public init(_ header: FrameHeader) throws(Refusal) {
    try header.requireReserved(in: Self.type)
    try header.requireEmptyPayload(of: Self.type)
  }
}

/// STATS_REPLY: the server's figures by name (SPEC section 4.5).
public struct StatsReply: WholeMessage {
  public struct Entry: Equatable, Sendable {
    public enum Kind: UInt8, Sendable {
      case counter = 1
      case gauge = 2
    }

    public var name: String
    public var kind: Kind
    public var value: UInt64

    public init(_ name: String, _ kind: Kind, _ value: UInt64) {
      self.name = name
      self.kind = kind
      self.value = value
    }
  }

  public var uptimeMicroseconds: UInt64
  public var entries: [Entry]

  public typealias Fault = PayloadError
  public static let type = MessageType.statsReply
  private static let fixedByteCount = 10

  public init(uptimeMicroseconds: UInt64, entries: [Entry]) {
    self.uptimeMicroseconds = uptimeMicroseconds
    self.entries = entries
  }

  /// - Throws: `PayloadError`.
  public init(
    _ header: FrameHeader, payload: UnsafeRawBufferPointer
  ) throws(PayloadError) {
    let parameters = header.parameters
    uptimeMicroseconds = parameters.u64(at: 8)
    var reader = ByteReader(payload)
    let count = Int(parameters.u32(at: 0))
    guard count <= reader.remaining / Self.fixedByteCount else { throw .tooShort }
    entries = []
    for _ in 0..<count {
      let value = try reader.integer(UInt64.self)
      guard let kind = Entry.Kind(rawValue: try reader.integer()) else { throw .badField }
      let nameByteCount = Int(try reader.integer(UInt8.self))
      guard nameByteCount > 0 else { throw .badField }
      entries.append(Entry(try reader.text(byteCount: nameByteCount), kind, value))
    }
    guard reader.remaining == 0 else { throw .trailingBytes }
  }

  public var parameters: Parameters {
    var parameters = Parameters()
    parameters.set(UInt32(entries.count), at: 0)
    parameters.set(uptimeMicroseconds, at: 8)
    return parameters
  }

  public var payloadByteCount: Int {
    entries.reduce(0) { $0 + Self.fixedByteCount + $1.name.utf8.count }
  }

  public func encodePayload(into bytes: UnsafeMutableRawBufferPointer) {
    var writer = ByteWriter(bytes)
    for entry in entries {
      writer.write(entry.value)
      writer.write(entry.kind.rawValue)
      writer.write(UInt8(entry.name.utf8.count))
      writer.write(entry.name.utf8)
    }
  }
}
