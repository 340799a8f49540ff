/// STATS_REPLY: the server's figures by name (SPEC section 4.5).
public struct StatsReply: Equatable, Sendable {
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

  private static let fixedByteCount = 10

  public init(uptimeMicroseconds: UInt64, entries: [Entry]) {
    self.uptimeMicroseconds = uptimeMicroseconds
    self.entries = entries
  }

  public init(
    _ parameters: Parameters, payload: UnsafeRawBufferPointer
  ) throws(PayloadError) {
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

  public var encodedByteCount: Int {
    FrameHeader.byteCount
      + entries.reduce(0) { $0 + Self.fixedByteCount + $1.name.utf8.count }
  }

  public func encode(requestID: UInt64, into bytes: UnsafeMutableRawBufferPointer) {
    FrameHeader(
      .statsReply, requestID: requestID, parameters: parameters,
      payloadByteCount: encodedByteCount - FrameHeader.byteCount
    ).encode(into: bytes)
    var writer = ByteWriter(bytes, from: FrameHeader.byteCount)
    for entry in entries {
      writer.write(entry.value)
      writer.write(entry.kind.rawValue)
      writer.write(UInt8(entry.name.utf8.count))
      writer.write(entry.name.utf8)
    }
  }
}
