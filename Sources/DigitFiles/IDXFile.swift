import FileAccess

/// An IDX file of unsigned bytes, plain or gzipped: the format of MNIST
/// (<http://yann.lecun.com/exdb/mnist/>).
///
///     0       2      3      4            4 + 4·rank
///     ├ 0  0 ─┼ type ┼ rank ┼ sizes …    ┼ values …
///       u8×2    u8     u8     u32 BE × rank  row-major, last dimension fastest
package struct IDXFile: Equatable, Sendable {
  package struct Limits: Sendable {
    /// Of the file as stored. Both are held at once.
    package var byteCount = 80 << 20
    /// A hundred thousand digits of 28 × 28 and some.
    package var valueCount = 80 << 20
    /// How long the writer of a pipe may take.
    package var patience = InputFile.patience

    package init() {}
  }

  package let dimensions: [Int]
  package let values: [UInt8]

  private static let unsignedByte: UInt8 = 8

  package init(dimensions: [Int], values: [UInt8]) {
    precondition(values.count == dimensions.reduce(1, *))
    self.dimensions = dimensions
    self.values = values
  }

  /// Reads a file with `rank` dimensions.
  /// - Throws: `DataFileError` where the file is unreadable, is no IDX file of unsigned bytes, is
  ///   shorter or longer than its header says, or exceeds the limits.
  package init(
    readingFrom path: String, rank: Int, limits: Limits = Limits()
  ) throws(DataFileError) {
    let bytes = try readBytes(
      of: path, limit: limits.byteCount, patience: limits.patience)
    try self.init(bytes: bytes, rank: rank, file: path, limits: limits)
  }

  /// Reads the content of a file; errors call it `file`.
  package init(
    bytes: [UInt8], rank: Int, file: String, limits: Limits = Limits()
  ) throws(DataFileError) {
    let reader = try InflatingReader(file: file, bytes: bytes)
    let magic = try reader.next(4)
    guard magic.starts(with: [0, 0]) else {
      throw DataFileError(
        file, .notIDX(FileFormat(of: magic + (try reader.next(FileFormat.headByteCount)))))
    }
    guard magic.count == 4 else { throw reader.truncated(expected: 4 + 4 * rank) }
    guard magic[2] == Self.unsignedByte else {
      throw DataFileError(file, .wrongElementType(magic[2]))
    }
    guard magic[3] == rank else {
      throw DataFileError(file, .wrongDimensionCount(expected: rank, got: Int(magic[3])))
    }
    let sizes = try reader.next(4 * rank)
    guard sizes.count == 4 * rank else { throw reader.truncated(expected: 4 + 4 * rank) }
    dimensions = (0..<rank).map { index in
      sizes[4 * index..<4 * index + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    let valueCount = try Self.valueCount(dimensions, file: file, limits: limits)
    let expected = 4 + 4 * rank + valueCount
    values = try reader.next(valueCount)
    guard values.count == valueCount else { throw reader.truncated(expected: expected) }
    guard try reader.next(1).isEmpty else {
      throw DataFileError(file, .trailingBytes(expectedByteCount: expected))
    }
  }

  private static func valueCount(
    _ dimensions: [Int], file: String, limits: Limits
  ) throws(DataFileError) -> Int {
    var count = 1
    for size in dimensions {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow, product > 0, product <= limits.valueCount else {
        throw DataFileError(
          file, .unusableDimensions(dimensions, valueCountLimit: limits.valueCount))
      }
      count = product
    }
    return count
  }
}

extension IDXFile {
  /// The SHA-256 of the file's uncompressed content, in hexadecimal.
  package var sha256: String {
    let sizes = dimensions.flatMap { size in
      stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: size >> $0) }
    }
    return SHA256.hexDigest(
      of: [0, 0, Self.unsignedByte, UInt8(dimensions.count)] + sizes + values)
  }
}
