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

/// STATS_REPLY: the server's figures by name, and those of its models where they were asked for
/// (SPEC section 4.5).
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
  /// Empty without the feature `modelStatistics`.
  public var models: [ModelStatistics]

  public typealias Fault = PayloadError
  public static let type = MessageType.statsReply

  public init(uptimeMicroseconds: UInt64, entries: [Entry], models: [ModelStatistics] = []) {
    self.uptimeMicroseconds = uptimeMicroseconds
    self.entries = entries
    self.models = models
  }

  /// - Throws: `PayloadError`.
  public init(
    _ header: FrameHeader, payload: UnsafeRawBufferPointer
  ) throws(PayloadError) {
    let parameters = header.parameters
    uptimeMicroseconds = parameters.u64(at: 8)
    var reader = ByteReader(payload)
    entries = try Entry.list(count: Int(parameters.u32(at: 0)), from: &reader)
    let modelCount = Int(parameters.u16(at: 4))
    guard modelCount <= reader.remaining / ModelStatistics.fixedByteCount else { throw .tooShort }
    models = []
    for _ in 0..<modelCount { models.append(try ModelStatistics(from: &reader)) }
    guard reader.remaining == 0 else { throw .trailingBytes }
  }

  public var parameters: Parameters {
    var parameters = Parameters()
    parameters.set(UInt32(entries.count), at: 0)
    parameters.set(UInt16(models.count), at: 4)
    parameters.set(uptimeMicroseconds, at: 8)
    return parameters
  }

  public var payloadByteCount: Int {
    entries.reduce(0) { $0 + $1.encodedByteCount }
      + models.reduce(0) { $0 + $1.encodedByteCount }
  }

  public func encodePayload(into bytes: UnsafeMutableRawBufferPointer) {
    var writer = ByteWriter(bytes)
    for entry in entries { entry.encode(into: &writer) }
    for model in models { model.encode(into: &writer) }
  }
}

extension StatsReply.Entry {
  private static let fixedByteCount = 10

  static func list(
    count: Int, from reader: inout ByteReader
  ) throws(PayloadError) -> [StatsReply.Entry] {
    guard count <= reader.remaining / fixedByteCount else { throw .tooShort }
    var entries: [StatsReply.Entry] = []
    for _ in 0..<count {
      let value = try reader.integer(UInt64.self)
      guard let kind = Kind(rawValue: try reader.integer()) else { throw .badField }
      let nameByteCount = Int(try reader.integer(UInt8.self))
      guard nameByteCount > 0 else { throw .badField }
      entries.append(.init(try reader.text(byteCount: nameByteCount), kind, value))
    }
    return entries
  }

  var encodedByteCount: Int { Self.fixedByteCount + name.utf8.count }

  func encode(into writer: inout ByteWriter) {
    writer.write(value)
    writer.write(kind.rawValue)
    writer.write(UInt8(name.utf8.count))
    writer.write(name.utf8)
  }
}
