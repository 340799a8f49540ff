/// What a server has done with one version of a model, in STATS_REPLY (SPEC section 4.5).
public struct ModelStatistics: Equatable, Sendable {
  public var name: String
  public var version: UInt32
  public var entries: [StatsReply.Entry]
  public var histograms: [Histogram]

  /// How often each value occurred.
  public struct Histogram: Equatable, Sendable {
    /// Its last word is the unit of the values.
    public var name: String
    public var sum: UInt64
    /// Bounds rise; those that count nothing may be left out.
    public var buckets: [Bucket]

    public init(_ name: String, sum: UInt64, buckets: [Bucket]) {
      self.name = name
      self.sum = sum
      self.buckets = buckets
    }
  }

  /// Values up to a bound that are larger than the bound before it.
  public struct Bucket: Equatable, Sendable {
    /// `UInt64.max` for no bound.
    public var upperBound: UInt64
    public var count: UInt64

    public init(upperBound: UInt64, count: UInt64) {
      self.upperBound = upperBound
      self.count = count
    }
  }

  public init(
    name: String, version: UInt32, entries: [StatsReply.Entry], histograms: [Histogram]
  ) {
    self.name = name
    self.version = version
    self.entries = entries
    self.histograms = histograms
  }
}

extension ModelStatistics {
  static let fixedByteCount = 12

  init(from list: inout ByteReader) throws(PayloadError) {
    let byteCount = Int(try list.integer(UInt32.self))
    guard byteCount >= Self.fixedByteCount, byteCount % 4 == 0 else { throw .badField }
    // Its own reader: what a later version adds at the end is skipped with it.
    var reader = ByteReader(try list.take(byteCount - 4))
    version = try reader.integer()
    let nameByteCount = Int(try reader.integer(UInt8.self))
    guard (1...ProtocolLimits.modelNameByteCountMax).contains(nameByteCount) else {
      throw .badField
    }
    let entryCount = Int(try reader.integer(UInt8.self))
    let histogramCount = Int(try reader.integer(UInt8.self))
    _ = try reader.take(1)
    name = try reader.text(byteCount: nameByteCount)
    entries = try StatsReply.Entry.list(count: entryCount, from: &reader)
    histograms = []
    for _ in 0..<histogramCount { histograms.append(try Histogram(from: &reader)) }
  }

  private var unpaddedByteCount: Int {
    Self.fixedByteCount + name.utf8.count + entries.reduce(0) { $0 + $1.encodedByteCount }
      + histograms.reduce(0) { $0 + $1.encodedByteCount }
  }

  package var encodedByteCount: Int { (unpaddedByteCount + 3) / 4 * 4 }

  /// - Precondition: a name of 1 to 64 bytes, at most 255 entries and 255 histograms.
  func encode(into writer: inout ByteWriter) {
    precondition((1...ProtocolLimits.modelNameByteCountMax).contains(name.utf8.count))
    writer.write(UInt32(encodedByteCount))
    writer.write(version)
    writer.write(UInt8(name.utf8.count))
    writer.write(UInt8(entries.count))
    writer.write(UInt8(histograms.count))
    writer.write(UInt8(0))
    writer.write(name.utf8)
    for entry in entries { entry.encode(into: &writer) }
    for histogram in histograms { histogram.encode(into: &writer) }
    writer.writeZeros(encodedByteCount - unpaddedByteCount)
  }
}

extension ModelStatistics.Histogram {
  private static let fixedByteCount = 11
  private static let bucketByteCount = 16

  fileprivate init(from reader: inout ByteReader) throws(PayloadError) {
    sum = try reader.integer()
    let bucketCount = Int(try reader.integer(UInt16.self))
    let nameByteCount = Int(try reader.integer(UInt8.self))
    guard nameByteCount > 0 else { throw .badField }
    name = try reader.text(byteCount: nameByteCount)
    guard bucketCount * Self.bucketByteCount <= reader.remaining else { throw .tooShort }
    buckets = []
    buckets.reserveCapacity(bucketCount)
    for _ in 0..<bucketCount {
      let bucket = ModelStatistics.Bucket(
        upperBound: try reader.integer(), count: try reader.integer())
      if let last = buckets.last, last.upperBound >= bucket.upperBound { throw .badField }
      buckets.append(bucket)
    }
  }

  fileprivate var encodedByteCount: Int {
    Self.fixedByteCount + name.utf8.count + buckets.count * Self.bucketByteCount
  }

  fileprivate func encode(into writer: inout ByteWriter) {
    writer.write(sum)
    writer.write(UInt16(buckets.count))
    writer.write(UInt8(name.utf8.count))
    writer.write(name.utf8)
    for bucket in buckets {
      writer.write(bucket.upperBound)
      writer.write(bucket.count)
    }
  }
}
