import DigitKernels

/// Weights of floats, packed for `RowProduct`.
struct FloatRowWeights: RowWeights {
  var packed: UnsafePointer<Float>
  var panels: PanelLayout
  var panelStride: Int
  var start: RowProduct.Start
  var finish: RowProduct.Finish
  var skipsZeros = false
  var skipsSharedZeros = false

  func multiply(
    _ rows: ProductRows, _ kernels: KernelTable, _ memory: UnsafeMutablePointer<Float>,
    _ images: Range<Int>
  ) {
    let first = images.lowerBound
    var product = RowProduct(
      input: rows.source.floats(of: first, in: images, memory) + rows.inputSkip,
      inputOffsets: rows.inputOffsets, rowCount: images.count * rows.perImage,
      runCount: rows.runCount, runLength: rows.runLength, runStride: rows.runStride,
      weights: packed, panelStride: panelStride, columnCount: rows.columnCount,
      output: rows.target.floats(of: first, in: images, memory),
      outputOffsets: rows.outputOffsets, start: start, finish: finish)
    product.skipsZeros = skipsZeros
    product.skipsSharedZeros = skipsSharedZeros
    kernels.multiplyRows(product)
  }

  var factors: StepWork.Factors { .floats }
  var element: NarrowElement? { nil }

  var continuesLayer: Bool {
    switch start {
    case .zero, .bias: false
    case .output: true
    }
  }

  func productCount(depth: Int, columns: Int, runs: Int) -> Int {
    depth * panels.columnCountInVectors(columns)
  }
}

/// Weights of floats, transformed and packed for `WinogradConvolution`.
struct FloatTileWeights: TileWeights {
  var packed: UnsafePointer<Float>
  var bias: UnsafePointer<Float>
  var pools: Bool
  var rectifies: Bool
  var skipsEvenTiles: Bool
  var paddedFilterCount: Int

  func convolve(
    _ maps: TileMaps, _ kernels: KernelTable, _ memory: UnsafeMutablePointer<Float>,
    _ images: Range<Int>
  ) {
    let (source, target, first) = (maps.source, maps.target, images.lowerBound)
    var convolution = WinogradConvolution(
      source: WinogradConvolution.SourceMaps(
        pointer: source.region.floats(of: first, in: images, memory) + maps.sourceCorner,
        rowStride: source.layout.rowStride, imageStride: source.region.imageStride,
        size: maps.sourceSize),
      target: WinogradConvolution.TargetMaps(
        pointer: target.region.floats(of: first, in: images, memory) + target.layout.interior,
        rowStride: target.layout.rowStride, imageStride: target.region.imageStride,
        size: maps.targetSize),
      imageCount: images.count, weights: packed, bias: bias, pools: pools, rectifies: rectifies,
      scratch: memory + maps.scratch)
    convolution.skipsEvenTiles = skipsEvenTiles
    kernels.convolveWinograd(convolution)
  }

  var factors: StepWork.Factors { .floats }
}

/// Packs a stage's weights of floats.
struct FloatPacker {
  let product: Stage.Product
  let packing: WeightPacking
  let memory: PlanMemory

  /// For all of a convolution or dense layer, or for a part of the latter's inputs.
  func rows(_ depths: Range<Int>) -> FloatRowWeights {
    FloatRowWeights(
      packed: pack(depths), panels: packing.panels,
      panelStride: packing.panels.panelStride(depth: depths.count),
      start: depths.lowerBound == 0 ? .bias(bias) : .output,
      finish: depths.upperBound == product.depth ? finish : .store)
  }

  private func pack(_ depths: Range<Int>) -> UnsafePointer<Float> {
    let packed = memory.floats(
      packing.panels.floatCount(depth: depths.count, columns: product.columns))
    product.weights.withUnsafeBufferPointer { weights in
      guard let start = weights.baseAddress else { return }
      packing.panels.pack(
        MatrixView(start, rowStride: product.columns).dropping(rows: depths.lowerBound),
        depth: depths.count, columns: product.columns, into: packed)
    }
    return UnsafePointer(packed)
  }

  private var bias: UnsafePointer<Float> {
    memory.copy(product.bias, paddedTo: packing.panels.paddedColumnCount(product.columns))
  }

  private var finish: RowProduct.Finish {
    switch (product.poolsByTwo, product.rectifies) {
    case (false, false): .store
    case (false, true): .relu
    case (true, false): .maximumOfFour
    case (true, true): .maximumOfFourThenRelu
    }
  }

  func tiles(channels: Int) -> FloatTileWeights {
    let layout = packing.winograd
    let filters = product.columns
    let packed = memory.floats(layout.weightFloatCount(channels: channels, filters: filters))
    product.weights.withUnsafeBufferPointer { weights in
      guard let start = weights.baseAddress else { return }
      layout.pack(KernelView(start, channels: channels, filters: filters), into: packed)
    }
    let padded = layout.paddedFilterCount(filters)
    return FloatTileWeights(
      packed: UnsafePointer(packed), bias: memory.copy(product.bias, paddedTo: padded),
      pools: product.poolsByTwo, rectifies: product.rectifies,
      skipsEvenTiles: product.hasFiniteWeights, paddedFilterCount: padded)
  }
}
