import DigitKernels

/// A convolution window by window, or (a part of) a dense layer: rows of the input times packed
/// weights, which know what numbers they multiply.
struct DirectStep<Weights: RowWeights>: PlanStep {
  var layer: ProductLayer
  var rows: ProductRows
  var weights: Weights

  func run(
    _ kernels: KernelTable, _ memory: UnsafeMutablePointer<Float>, _ images: Range<Int>
  ) {
    weights.multiply(rows, kernels, memory, images)
  }

  var work: StepWork? {
    guard !weights.continuesLayer else { return nil }
    return StepWork(
      name: layer.name, operations: 2 * rows.perImage * layer.depth * layer.columns,
      executed: 2 * rows.perImage
        * weights.productCount(depth: layer.depth, columns: layer.columns, runs: rows.runCount),
      factors: weights.factors)
  }

  var productInput: ProductInput? {
    guard !weights.continuesLayer else { return nil }
    return ProductInput(
      region: rows.source, count: rows.sourceCount, element: weights.element)
  }
}

/// What a product computes, by the layer's definition.
enum ProductLayer: BitwiseCopyable {
  case dense(depth: Int, columns: Int)
  case convolution(kernel: Int, channels: Int, filters: Int)

  fileprivate var depth: Int {
    switch self {
    case .dense(let depth, _): depth
    case .convolution(let kernel, let channels, _): kernel * kernel * channels
    }
  }

  fileprivate var columns: Int {
    switch self {
    case .dense(_, let columns): columns
    case .convolution(_, _, let filters): filters
    }
  }

  fileprivate var name: String {
    switch self {
    case .dense(let depth, let columns): "dense \(depth) → \(columns)"
    case .convolution(let kernel, let channels, let filters):
      "convolution \(kernel)×\(kernel), \(channels) → \(filters)"
    }
  }
}

/// The rows of a product: where they lie for each image, and where their results go.
struct ProductRows: BitwiseCopyable {
  var source: Region
  var target: Region
  var perImage: Int
  /// For every image that `source` holds, in elements from its first image.
  var inputOffsets: UnsafePointer<Int32>
  var outputOffsets: UnsafePointer<Int32>
  /// Elements to skip in every row of the input: where this part of a dense layer begins.
  var inputSkip = 0
  var runCount: Int
  var runLength: Int
  var runStride: Int
  /// Columns that are computed and stored.
  var columnCount: Int
  /// Elements of an image that are read, padding included.
  var sourceCount: Int
}

/// Packed weights that rows are multiplied by.
protocol RowWeights: BitwiseCopyable {
  func multiply(
    _ rows: ProductRows, _ kernels: KernelTable, _ memory: UnsafeMutablePointer<Float>,
    _ images: Range<Int>)

  var factors: StepWork.Factors { get }
  /// What they are multiplied by; nil for floats.
  var element: NarrowElement? { get }
  /// Whether they belong to a later part of a dense layer.
  var continuesLayer: Bool { get }
  /// Products that are computed for a row of `runs` runs, with what fills up vectors and groups.
  func productCount(depth: Int, columns: Int, runs: Int) -> Int
}
