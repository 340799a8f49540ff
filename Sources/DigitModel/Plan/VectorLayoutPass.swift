import DigitKernels

/// Lays out the stages that work on vectors.
struct VectorLayoutPass {
  private(set) var steps: [StepLayout] = []
  /// At which float of the workspace the list of the images' pixels starts; nil where no step
  /// reads them where they lie.
  private(set) var pixelList: Int?
  /// What the last stage left.
  var scores: Region { current }

  private let packing: WeightPacking
  private var current: Region
  /// Elements of the current vectors.
  private var count: Int
  private var traits: ValueTraits
  /// Where the two regions start between which the stages alternate.
  private let starts: [Int]

  /// Longest part of a dense layer: a part's weights stay in the cache while all images pass.
  private static let densePartMax = 512
  /// A layer this short is not cut.
  private static let denseWholeMax = 1024
  /// Shorter layers have too few zeros to pass over.
  private static let skippingDepthMin = 256
  /// Bytes of the nearest large cache that the weights of a part may fill where all of them pass
  /// each few images.
  private static let sharedZerosByteCountMax = 384 << 10

  /// - Parameters:
  ///   - stages: All of the network; those from the index `first` on work on vectors.
  ///   - traits: What is known about the features.
  init(
    _ stages: [Stage], from first: Int, reading features: (region: Region, count: Int),
    traits: ValueTraits, _ packing: WeightPacking, _ memory: inout WorkspaceAllocator
  ) {
    self.packing = packing
    self.traits = traits
    (current, count) = features
    let widest = stages[first...].widths(from: count).max() ?? 0
    starts = (0..<2).map { _ in memory.takeVectors(widest).start }
    for (index, stage) in stages.enumerated().dropFirst(first) {
      append(stage, at: index, &memory)
    }
  }

  private mutating func append(
    _ stage: Stage, at index: Int, _ memory: inout WorkspaceAllocator
  ) {
    let start = current.start == starts[0] ? starts[1] : starts[0]
    switch stage {
    case .product(let product):
      let target = memory.vectors(of: product.columns, at: start)
      appendDense(product, at: index, to: target, &memory)
      current = target
      count = product.columns
    case .curve(let curve):
      // With whatever fills the vectors up, which nobody reads.
      steps.append(.curve(curve, currentMap(channels: current.imageStride)))
    case .scaling: steps.append(.scaling(stage: index, currentMap(channels: count)))
    case .quantizing(let format):
      var target = currentMap(channels: count)
      target.region = memory.vectors(of: count, at: start)
      target.layout.format = format
      steps.append(.quantizing(from: currentMap(channels: count), to: target))
      current = target.region
    case .pooling, .flatten: break
    }
    traits = traits.after(stage)
  }

  private func currentMap(channels: Int) -> MapRegion {
    MapRegion(region: current, layout: MapLayout(height: 1, width: 1, channels: channels))
  }

  private mutating func appendDense(
    _ product: Stage.Product, at index: Int, to target: Region,
    _ memory: inout WorkspaceAllocator
  ) {
    let element = product.formats?.input.element
    var dense = DenseLayout(
      stage: index, depth: product.depth, part: 0..<product.depth, columns: product.columns,
      source: current, target: target, element: element,
      skipsZeros: traits.areSparse && product.depth >= Self.skippingDepthMin
        && product.zerosMayBeSkipped,
      skipsSharedZeros: false)
    guard let element else { return appendParts(of: dense) }
    dense.pixelList = listPixels(of: product, element, &memory)
    steps.append(.dense(dense))
  }

  private mutating func appendParts(of layer: DenseLayout) {
    let length = layer.depth <= Self.denseWholeMax ? layer.depth : Self.densePartMax
    let weightByteCount = 4 * packing.panels.floatCount(depth: length, columns: layer.columns)
    for first in stride(from: 0, to: layer.depth, by: length) {
      var dense = layer
      dense.part = first..<min(layer.depth, first + length)
      // Only of pixels are zeros at the same positions in all images.
      dense.skipsSharedZeros =
        layer.skipsZeros && traits.arePixels && weightByteCount <= Self.sharedZerosByteCountMax
      steps.append(.dense(dense))
    }
  }

  /// Takes memory for the list by which a dense layer of bytes that comes first reads the pixels
  /// where they lie. There it may read whole groups of them, but none beyond the last; so nil where
  /// the last group is not whole.
  private mutating func listPixels(
    of product: Stage.Product, _ element: NarrowElement, _ memory: inout WorkspaceAllocator
  ) -> Int? {
    guard traits.arePixels, element == .uint8, let panels = packing.quantized(element)?.panels,
      product.depth % panels.groupLength == 0
    else { return nil }
    let byteCount = memory.maximumBatch * MemoryLayout<UnsafeRawPointer>.stride
    pixelList = memory.take(vectorStride(byteCount / 4))
    return pixelList
  }
}

extension Collection<Stage> {
  /// The length of every vector that these stages write to a region of their own.
  fileprivate func widths(from count: Int) -> [Int] {
    var count = count
    return compactMap { stage in
      switch stage {
      case .product(let product):
        count = product.columns
        return count
      case .quantizing: return count
      case .pooling, .scaling, .curve, .flatten: return nil
      }
    }
  }
}
