/// A `RowProduct` of bytes: rows of unsigned ones that lie anywhere in memory, times packed signed
/// ones, summed up in 32 bits without rounding.
///
/// An input row is `runCount` runs of `groupCount` × 4 bytes, `runStride` bytes apart. Where a run
/// is shorter, the weights of what is read beyond are zero.
public struct QuantizedRowProduct {
  public var input: UnsafePointer<UInt8>
  /// Where each row starts, in bytes from `input`; `rowCount` of them.
  public var inputOffsets: UnsafePointer<Int32>
  public var rowCount: Int

  public var runCount: Int
  public var groupCount: Int
  public var runStride: Int

  /// See `QuantizedLayout`.
  public var weights: UnsafePointer<Int8>
  /// Bytes from one panel of `weights` to the next.
  public var panelStride: Int
  public var columnCount: Int
  /// What a sum of each column counts, none negative; padded to whole panels.
  public var columnScales: UnsafePointer<Float>

  /// Floats or bytes, as `finish` says.
  public var output: UnsafeMutableRawPointer
  /// Where each row of the result starts, in elements from `output`: one for each group of rows.
  public var outputOffsets: UnsafePointer<Int32>
  public var finish: Requantization

  public init(
    input: UnsafePointer<UInt8>, inputOffsets: UnsafePointer<Int32>, rowCount: Int, runCount: Int,
    groupCount: Int, runStride: Int, weights: UnsafePointer<Int8>, panelStride: Int,
    columnCount: Int, columnScales: UnsafePointer<Float>, output: UnsafeMutableRawPointer,
    outputOffsets: UnsafePointer<Int32>, finish: Requantization
  ) {
    self.input = input
    self.inputOffsets = inputOffsets
    self.rowCount = rowCount
    self.runCount = runCount
    self.groupCount = groupCount
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
