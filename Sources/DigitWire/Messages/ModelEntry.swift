/// One model as WELCOME, METADATA_REPLY and MODELS_CHANGED describe it (SPEC section 4.6).
public struct ModelEntry: Equatable, Sendable {
  public var handle: UInt16
  public var isDefault: Bool
  public var isConditioned: Bool
  public var precision: Precision
  /// The version that a request for version 0 gets.
  public var version: UInt32
  public var versions: [UInt32]
  public var rows: UInt16
  public var columns: UInt16
  public var pixelTypes: Set<PixelType>
  public var name: String
  /// One per class, in class order.
  public var labels: [String]
  /// Why a file or an alias of the model is not served as it lies there, for people; nil where
  /// there is nothing to tell. At most `ProtocolLimits.problemByteCountMax` bytes are sent.
  public var problem: String?
  /// Above 0 and at most 1: an image whose most probable class has less shows none of the classes.
  /// Nil where the model does not say so.
  public var rejectionThreshold: Float?

  private static let fixedByteCount = 24

  public init(
    handle: UInt16, name: String, version: UInt32, isDefault: Bool,
    isConditioned: Bool = false, precision: Precision = .float32,
    labels: [String] = (0...9).map(String.init)
  ) {
    self.handle = handle
    self.isDefault = isDefault
    self.isConditioned = isConditioned
    self.precision = precision
    self.version = version
    versions = [version]
    rows = UInt16(ProtocolLimits.imageRows)
    columns = UInt16(ProtocolLimits.imageColumns)
    pixelTypes = [.uint8, .float32]
    self.name = name
    self.labels = labels
  }

  init(from list: inout ByteReader) throws(PayloadError) {
    let byteCount = Int(try list.integer(UInt32.self))
    guard byteCount >= Self.fixedByteCount, byteCount % 4 == 0 else { throw .badField }
    // Its own reader: what a later version adds at an entry's end is skipped with it.
    var reader = ByteReader(try list.take(byteCount - 4))
    handle = try reader.integer()
    let properties = try reader.integer(UInt8.self)
    isDefault = properties & 1 != 0
    isConditioned = properties & 2 != 0
    guard let precision = Precision(rawValue: try reader.integer()) else { throw .badField }
    self.precision = precision
    version = try reader.integer()
    rows = try reader.integer()
    columns = try reader.integer()
    let classCount = Int(try reader.integer(UInt16.self))
    let pixelMask = try reader.integer(UInt8.self)
    pixelTypes = Set(PixelType.allCases.filter { pixelMask & $0.maskBit != 0 })
    let nameByteCount = Int(try reader.integer(UInt8.self))
    guard (1...ProtocolLimits.modelNameByteCountMax).contains(nameByteCount) else {
      throw .badField
    }
    let versionCount = Int(try reader.integer(UInt16.self))
    _ = try reader.take(2)
    guard versionCount * 4 <= reader.remaining else { throw .tooShort }
    versions = []
    for _ in 0..<versionCount { versions.append(try reader.integer()) }
    name = try reader.text(byteCount: nameByteCount)
    guard classCount <= reader.remaining else { throw .tooShort }
    labels = []
    for _ in 0..<classCount {
      labels.append(try reader.text(byteCount: Int(try reader.integer(UInt8.self))))
    }
    try readAdditions(&reader)
  }

  /// What later versions have added is skipped, and what is none of these parts ends them.
  private mutating func readAdditions(_ reader: inout ByteReader) throws(PayloadError) {
    while reader.remaining >= Self.additionHeaderByteCount {
      let kind = try reader.integer(UInt16.self)
      let byteCount = Int(try reader.integer(UInt16.self))
      guard kind != 0, byteCount <= reader.remaining else { return }
      if kind == Self.problemKind, problem == nil {
        problem = Self.told(try reader.text(byteCount: byteCount))
      } else if kind == Self.thresholdKind, byteCount == 4, rejectionThreshold == nil {
        rejectionThreshold = Self.usable(Float(bitPattern: try reader.integer()))
      } else {
        _ = try reader.take(byteCount)
      }
    }
  }

  private static let additionHeaderByteCount = 4
  private static let problemKind: UInt16 = 1
  private static let thresholdKind: UInt16 = 2

  private static func usable(_ threshold: Float) -> Float? {
    threshold > 0 && threshold <= 1 ? threshold : nil
  }

  /// What is sent of a problem, and kept of a received one: whole characters within the limit.
  private static func told(_ problem: String) -> String? {
    let text = problem.cut(toByteCount: ProtocolLimits.problemByteCountMax)
    return text.isEmpty ? nil : text
  }

  private var sentProblem: String? { problem.flatMap(Self.told) }

  /// Reads `count` entries, which must fill the rest of the payload.
  static func list(
    count: UInt16, from reader: inout ByteReader
  ) throws(PayloadError) -> [ModelEntry] {
    guard Int(count) * fixedByteCount <= reader.remaining else { throw .tooShort }
    var entries: [ModelEntry] = []
    for _ in 0..<count { entries.append(try ModelEntry(from: &reader)) }
    guard reader.remaining == 0 else { throw .trailingBytes }
    guard Set(entries.map(\.handle)).count == entries.count else { throw .repeatedHandle }
    return entries
  }

  private var unpaddedByteCount: Int {
    Self.fixedByteCount + 4 * versions.count + name.utf8.count
      + labels.reduce(0) { $0 + 1 + $1.utf8.count } + additionsByteCount
  }

  private var additionsByteCount: Int {
    (sentProblem.map { Self.additionHeaderByteCount + $0.utf8.count } ?? 0)
      + (rejectionThreshold == nil ? 0 : Self.additionHeaderByteCount + 4)
  }

  var encodedByteCount: Int { (unpaddedByteCount + 3) / 4 * 4 }

  /// - Precondition: name of 1 to 64 bytes, labels of at most 255 bytes each.
  func encode(into writer: inout ByteWriter) {
    precondition((1...ProtocolLimits.modelNameByteCountMax).contains(name.utf8.count))
    writer.write(UInt32(encodedByteCount))
    writer.write(handle)
    writer.write(UInt8((isDefault ? 1 : 0) | (isConditioned ? 2 : 0)))
    writer.write(precision.rawValue)
    writer.write(version)
    writer.write(rows)
    writer.write(columns)
    writer.write(UInt16(labels.count))
    writer.write(pixelTypes.reduce(0) { $0 | $1.maskBit })
    writer.write(UInt8(name.utf8.count))
    writer.write(UInt16(versions.count))
    writer.write(UInt16(0))
    for version in versions { writer.write(version) }
    writer.write(name.utf8)
    for label in labels {
      writer.write(UInt8(label.utf8.count))
      writer.write(label.utf8)
    }
    if let problem = sentProblem {
      writer.write(Self.problemKind)
      writer.write(UInt16(problem.utf8.count))
      writer.write(problem.utf8)
    }
    if let rejectionThreshold {
      writer.write(Self.thresholdKind)
      writer.write(UInt16(4))
      writer.write(rejectionThreshold.bitPattern)
    }
    writer.writeZeros(encodedByteCount - unpaddedByteCount)
  }
}

/// The numbers that a model computes with.
public enum Precision: UInt8, Sendable, CustomStringConvertible {
  case float32 = 1
  case bfloat16 = 2
  case int8 = 3

  /// "f32", "bf16" or "int8", as SPEC names them.
  public var description: String {
    switch self {
    case .float32: "f32"
    case .bfloat16: "bf16"
    case .int8: "int8"
    }
  }
}
