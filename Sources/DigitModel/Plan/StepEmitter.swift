import DigitKernels

/// Makes the steps of a layout: packs weights, and writes down where rows begin.
struct StepEmitter {
  private let stages: [Stage]
  private let packing: WeightPacking
  private let memory: PlanMemory
  private let groupCount: Int
  private let maximumBatch: Int

  /// - Parameters:
  ///   - stages: Those that were laid out.
  ///   - memory: What the steps point into.
  init(
    _ stages: [Stage], layout: PlanLayout, packing: WeightPacking, maximumBatch: Int,
    memory: PlanMemory
  ) {
    self.stages = stages
    self.packing = packing
    self.memory = memory
    groupCount = layout.groupCount
    self.maximumBatch = maximumBatch
  }

  func step(_ layout: StepLayout) -> Step {
    switch layout {
    case .clearHalo(let map): .clearHalo(ClearHaloStep(map: map))
    case .convolution(let convolution):
      switch convolution.method {
      case .windows: windows(convolution)
      case .tiles(let scratch): tiles(convolution, scratch: scratch)
      }
    case .dense(let dense): self.dense(dense)
    case .pooling(let pooling, let source, let target):
      .pooling(PoolingStep(source: source, target: target, pooling: pooling))
    case .scaling(let stage, let map): scaling(stage, map)
    case .curve(let curve, let map): .curve(CurveStep(map: map, curve: curve))
    case .quantizing(let source, let target): quantizing(from: source, to: target)
    }
  }

  /// A row for every position of the window in every image of a group.
  private func windows(_ convolution: ConvolutionLayout) -> Step {
    let product = product(convolution.stage)
    let (source, target) = (convolution.source, convolution.target)
    let kernel = convolution.window.size
    let offsets = convolution.rowOffsets(groupCount: groupCount)
    let rows = ProductRows(
      source: source.region, target: target.region,
      perImage: offsets.inputs.count / groupCount, inputOffsets: memory.copy(offsets.inputs),
      outputOffsets: memory.copy(offsets.outputs), runCount: kernel,
      runLength: kernel * source.layout.channels, runStride: source.layout.rowStride,
      columnCount: product.columns, sourceCount: source.layout.count)
    let layer = ProductLayer.convolution(
      kernel: kernel, channels: source.layout.channels, filters: product.columns)
    if let packer = QuantizedPacker(product, packing, memory) {
      precondition(kernel <= NarrowRowProduct.runCountMax)
      let weights = packer.rows(runCount: kernel, runLength: rows.runLength)
      return .quantizedWindows(DirectStep(layer: layer, rows: rows, weights: weights))
    }
    let weights = floatPacker(product).rows(0..<product.depth)
    return .windows(DirectStep(layer: layer, rows: rows, weights: weights))
  }

  private func tiles(_ convolution: ConvolutionLayout, scratch: Int) -> Step {
    let product = product(convolution.stage)
    let maps = TileMaps(
      source: convolution.source, target: convolution.target,
      padding: convolution.window.padding, scratch: scratch)
    let channels = convolution.source.layout.channels
    if let packer = QuantizedPacker(product, packing, memory) {
      return .quantizedTiles(WinogradStep(maps: maps, weights: packer.tiles(channels: channels)))
    }
    let weights = floatPacker(product).tiles(channels: channels)
    return .tiles(WinogradStep(maps: maps, weights: weights))
  }

  /// A row for every image of a batch.
  private func dense(_ dense: DenseLayout) -> Step {
    let product = product(dense.stage)
    var rows = ProductRows(
      source: dense.source, target: dense.target, perImage: 1,
      inputOffsets: rowOffsets(dense.source), outputOffsets: rowOffsets(dense.target),
      inputSkip: dense.part.lowerBound, runCount: 1, runLength: dense.part.count, runStride: 0,
      columnCount: dense.columns, sourceCount: dense.depth)
    let layer = ProductLayer.dense(depth: dense.depth, columns: dense.columns)
    if let packer = QuantizedPacker(product, packing, memory) {
      rows.fillColumns(packer.packing.panels)
      var weights = packer.rows(runCount: 1, runLength: dense.depth)
      weights.skipsZeros = dense.skipsZeros
      weights.pixelList = dense.pixelList
      return .quantizedWindows(DirectStep(layer: layer, rows: rows, weights: weights))
    }
    rows.fillColumns(packing.panels)
    var weights = floatPacker(product).rows(dense.part)
    weights.skipsZeros = dense.skipsZeros
    weights.skipsSharedZeros = dense.skipsSharedZeros
    return .windows(DirectStep(layer: layer, rows: rows, weights: weights))
  }

  private func rowOffsets(_ region: Region) -> UnsafePointer<Int32> {
    memory.copy((0..<maximumBatch).map { $0 * region.imageStride })
  }

  private func scaling(_ index: Int, _ map: MapRegion) -> Step {
    guard case .scaling(let scale, let shift) = stages[index] else {
      preconditionFailure("stage \(index) does not scale")
    }
    return .scaling(
      ScalingStep(
        map: map, scale: memory.copy(scale, paddedTo: scale.count),
        shift: memory.copy(shift, paddedTo: shift.count)))
  }

  private func quantizing(from source: MapRegion, to target: MapRegion) -> Step {
    guard let format = target.layout.format else {
      preconditionFailure("the target holds floats")
    }
    return .quantizing(QuantizingStep(source: source, target: target, format: format))
  }

  private func floatPacker(_ product: Stage.Product) -> FloatPacker {
    FloatPacker(product: product, packing: packing, memory: memory)
  }

  private func product(_ index: Int) -> Stage.Product {
    guard case .product(let product) = stages[index] else {
      preconditionFailure("stage \(index) multiplies nothing")
    }
    return product
  }
}

extension ProductRows {
  /// Computes whole vectors of columns, which takes no longer: the target has room for them.
  fileprivate mutating func fillColumns(_ panels: some ColumnPanels) {
    columnCount = panels.columnCountInVectors(columnCount)
    precondition(columnCount <= target.imageStride)
  }
}
