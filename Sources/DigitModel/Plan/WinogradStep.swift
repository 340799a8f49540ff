import DigitKernels

/// A 3 × 3 convolution in Winograd's tiles, by packed weights, which know what numbers they
/// multiply.
struct WinogradStep<Weights: TileWeights>: PlanStep {
  var maps: TileMaps
  var weights: Weights

  func run(
    _ kernels: KernelTable, _ memory: UnsafeMutablePointer<Float>, _ images: Range<Int>
  ) {
    weights.convolve(maps, kernels, memory, images)
  }

  var work: StepWork? {
    let (source, filters) = (maps.source.layout, maps.target.layout.channels)
    // With fused pooling an odd last row or column is left out.
    let pixels = weights.pools ? 2 : 1
    let (height, width) = (pixels * maps.target.layout.height, pixels * maps.target.layout.width)
    let tiles = ((height + 3) / 4) * ((width + 3) / 4)
    return StepWork(
      name: "convolution 3×3, \(source.channels) → \(filters), in tiles",
      operations: 2 * height * width * 9 * source.channels * filters,
      executed: 2 * tiles * 36 * source.channels * weights.paddedFilterCount,
      factors: weights.factors)
  }

  var productInput: ProductInput? {
    let source = maps.source
    return ProductInput(
      region: source.region, count: source.layout.count, element: source.layout.format?.element)
  }
}

/// What a convolution in tiles reads and writes.
struct TileMaps: BitwiseCopyable {
  var source: MapRegion
  var target: MapRegion
  var padding: Int
  /// In floats from the start of the workspace.
  var scratch: Int

  /// Elements from the halo's corner to that of the padding: the halo is at least as wide.
  var sourceCorner: Int { source.layout.offset(y: -padding, x: -padding) }

  /// Padding included.
  var sourceSize: (height: Int, width: Int, channels: Int) {
    let layout = source.layout
    return (layout.height + 2 * padding, layout.width + 2 * padding, layout.channels)
  }

  var targetSize: (height: Int, width: Int, filters: Int) {
    (target.layout.height, target.layout.width, target.layout.channels)
  }
}

/// Packed weights at Winograd's points.
protocol TileWeights: BitwiseCopyable {
  func convolve(
    _ maps: TileMaps, _ kernels: KernelTable, _ memory: UnsafeMutablePointer<Float>,
    _ images: Range<Int>)

  var factors: StepWork.Factors { get }
  /// Whether each result is the maximum over 2 × 2 of the convolution's.
  var pools: Bool { get }
  /// Filters, with those that fill up the last block.
  var paddedFilterCount: Int { get }
}
