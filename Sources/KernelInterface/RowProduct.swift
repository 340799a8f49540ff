/// One matrix product in the shape that every multiplying layer comes down to: rows that lie
/// anywhere in memory, times packed weights.
///
///     output row i = start + Σ over k of input row i [k] × weights [k]      (k in order)
///
/// An input row is `runCount` runs of `runLength` floats, `runStride` floats apart. A dense layer
/// or a matrix product has one run a row; a convolution over an H × W × C map has a row for each
/// output pixel and a run of kernel × C floats for each line of the kernel, so no patch is copied.
///
/// Each sum is one chain of multiply-adds in the order of k, whatever the row's index and
/// the number of rows. That is what makes results bit-identical for every batch.
public struct RowProduct {
  public var input: UnsafePointer<Float>
  /// Where each row starts, in floats from `input`; `rowCount` of them.
  public var inputOffsets: UnsafePointer<Int32>
  public var rowCount: Int

  public var runCount: Int
  public var runLength: Int
  public var runStride: Int
  /// Floats from one element of a run to the next: 1, unless the rows are the columns of a
  /// row-major matrix.
  public var elementStride = 1
  /// Whether many inputs are zero, so that passing over them and their weights saves more than it
  /// takes to find them. For rows of one run, `elementStride` 1 and finite weights.
  public var skipsZeros = false
  /// Whether many are zero in all rows, as at the edge of images: the same for rows that are
  /// multiplied together. For weights that stay in a cache, since all of them pass each few rows;
  /// of runs of more than 1024 elements nothing is passed over.
  public var skipsSharedZeros = false

  /// Packed as [panel][k][panel width]: see `PanelLayout`.
  public var weights: UnsafePointer<Float>
  /// Floats from one panel of `weights` to the next.
  public var panelStride: Int
  public var columnCount: Int

  public var output: UnsafeMutablePointer<Float>
  /// Where each row of the result starts, in floats from `output`: one for each group of rows.
  public var outputOffsets: UnsafePointer<Int32>

  public var start: Start
  public var finish: Finish

  /// What the sums begin with.
  public enum Start: BitwiseCopyable {
    case zero
    /// One float a column, padded to whole vectors.
    case bias(UnsafePointer<Float>)
    /// What is in `output` already; not together with a pooling finish.
    case output
  }

  /// What happens to the sums on their way out.
  public enum Finish: BitwiseCopyable {
    case store
    case relu
    /// Four consecutive rows become one: their maximum.
    case maximumOfFour
    case maximumOfFourThenRelu

    @inlinable public var pools: Bool {
      switch self {
      case .store, .relu: false
      case .maximumOfFour, .maximumOfFourThenRelu: true
      }
    }

    @inlinable public var rectifies: Bool {
      switch self {
      case .store, .maximumOfFour: false
      case .relu, .maximumOfFourThenRelu: true
      }
    }
  }

  public init(
    input: UnsafePointer<Float>, inputOffsets: UnsafePointer<Int32>, rowCount: Int,
    runCount: Int = 1, runLength: Int, runStride: Int = 0, weights: UnsafePointer<Float>,
    panelStride: Int, columnCount: Int, output: UnsafeMutablePointer<Float>,
    outputOffsets: UnsafePointer<Int32>, start: Start, finish: Finish
  ) {
    self.input = input
    self.inputOffsets = inputOffsets
    self.rowCount = rowCount
    self.runCount = runCount
    self.runLength = runLength
    self.runStride = runStride
    self.weights = weights
    self.panelStride = panelStride
    self.columnCount = columnCount
    self.output = output
    self.outputOffsets = outputOffsets
    self.start = start
    self.finish = finish
  }
}
