/// A `RowProduct` of narrow numbers: rows of elements that lie anywhere in memory, times packed
/// weights, summed up in 32 bits.
///
/// An input row is `runCount` runs of `runLength` elements, `runStride` elements apart. Elements
/// are multiplied in groups of four bytes; where a run is no whole number of groups long, what is
/// read beyond its end counts times zero, and must be a number.
public struct NarrowRowProduct {
  public static let runCountMax = 128

  /// Where each row starts; `rowCount` of them.
  public var rows: Rows
  public var rowCount: Int

  public enum Rows {
    /// In elements from one pointer.
    case offsets(UnsafePointer<Int32>, from: UnsafeRawPointer)
    /// Anywhere in memory.
    case pointers(UnsafePointer<UnsafeRawPointer>)
  }

  /// At most `runCountMax`.
  public var runCount: Int
  public var runLength: Int
  public var runStride: Int
  /// Whether many groups are zero, so that passing over them saves more than it takes to find them.
  /// For rows of one run, without pooling. Of several rows only short ones, of up to 256 groups,
  /// are looked through: a group must be zero in all that are multiplied together.
  public var skipsZeros = false

  /// See `NarrowLayout`.
  public var weights: UnsafeRawPointer
  /// Bytes from one panel of `weights` to the next.
  public var panelStride: Int
  public var columnCount: Int
  /// What a sum of each column counts, none negative; padded to whole panels.
  public var columnScales: UnsafePointer<Float>

  /// Floats or elements, as `finish` says.
  public var output: UnsafeMutableRawPointer
  /// Where each row of the result starts, in floats or elements from `output`: one for each group
  /// of rows.
  public var outputOffsets: UnsafePointer<Int32>
  public var finish: NarrowFinish

  public init(
    rows: Rows, rowCount: Int, runCount: Int, runLength: Int, runStride: Int,
    weights: UnsafeRawPointer, panelStride: Int, columnCount: Int,
    columnScales: UnsafePointer<Float>, output: UnsafeMutableRawPointer,
    outputOffsets: UnsafePointer<Int32>, finish: NarrowFinish
  ) {
    self.rows = rows
    self.rowCount = rowCount
    self.runCount = runCount
    self.runLength = runLength
    self.runStride = runStride
    self.weights = weights
    self.panelStride = panelStride
    self.columnCount = columnCount
    self.columnScales = columnScales
    self.output = output
    self.outputOffsets = outputOffsets
    self.finish = finish
  }
}
