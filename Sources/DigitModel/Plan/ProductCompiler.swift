import DigitKernels

// How convolutions and dense layers become row products.

extension PlanCompiler {
  /// Longest part of a dense layer: a part's weights stay in the cache while all images pass.
  private static let densePartMax = 512
  /// A layer this short is not cut.
  private static let denseWholeMax = 1024

  func convolution(
    _ product: Stage.Product, from source: (place: Place, layout: MapLayout),
    to target: (place: Place, layout: MapLayout)
  ) -> Step {
    let isTiled = suitsWinograd(product, source.layout, to: target.layout)
    if let stage = NarrowStage(product, kernels, memory) {
      return isTiled
        ? .narrowConvolution(winograd(stage, from: source, to: target))
        : .narrowProduct(direct(stage, from: source, to: target))
    }
    return isTiled
      ? .winograd(winograd(product, from: source, to: target))
      : .product(direct(product, from: source, to: target))
  }

  /// A row for every output pixel of every image of a group. Where pooling is fused, the four
  /// pixels of a window follow each other.
  private func direct(
    _ product: Stage.Product, from source: (place: Place, layout: MapLayout),
    to target: (place: Place, layout: MapLayout)
  ) -> ProductStep {
    let windows = windows(of: product, from: source, to: target)
    let packed = pack(product, depths: 0..<product.depth)
    return ProductStep(
      source: source.place, target: target.place,
      rowsPerImage: windows.inputs.count / groupCount, inputOffsets: memory.copy(windows.inputs),
      outputOffsets: memory.copy(windows.outputs), runCount: windows.kernel,
      runLength: windows.kernel * source.layout.channels,
      runStride: source.layout.rowStride, weights: packed,
      panelStride: kernels.panels.panelStride(depth: product.depth),
      columnCount: product.columns, start: .bias(bias(product)), finish: finish(product),
      depth: product.depth, sourceCount: source.layout.count, isDense: false)
  }

  /// Where the windows of a convolution begin and their results go, for all images of a group.
  func windows(
    of product: Stage.Product, from source: (place: Place, layout: MapLayout),
    to target: (place: Place, layout: MapLayout)
  ) -> (inputs: [Int], outputs: [Int], kernel: Int) {
    guard let convolution = product.convolution else {
      preconditionFailure("a dense layer works on vectors")
    }
    var inputs: [Int] = []
    var outputs: [Int] = []
    // The window's first tap on the padded map: the halo holds the padding.
    func addInput(_ image: Int, _ y: Int, _ x: Int) {
      let corner = source.layout.halo - convolution.padding
      inputs.append(
        image * source.place.imageStride
          + (y * convolution.stride + corner) * source.layout.rowStride
          + (x * convolution.stride + corner) * source.layout.channels)
    }
    for image in 0..<groupCount {
      for y in 0..<target.layout.height {
        for x in 0..<target.layout.width {
          outputs.append(
            image * target.place.imageStride + target.layout.offset(y: y, x: x))
          if product.poolsByTwo {
            for window in 0..<4 { addInput(image, 2 * y + window / 2, 2 * x + window % 2) }
          } else {
            addInput(image, y, x)
          }
        }
      }
    }
    return (inputs, outputs, convolution.kernel)
  }

  /// Bytes of the nearest large cache that the weights of a part may fill: see `readsSharedZeros`.
  private static let sharedZerosByteCountMax = 384 << 10
  /// Shorter layers have too little to skip.
  private static let skippingDepthMin = 256

  /// A row for every image. A long layer is cut into parts, each adding to what is there.
  ///
  /// - Parameter hasZeros: Whether many of the inputs will be zero.
  func dense(
    _ product: Stage.Product, hasZeros: Bool, from source: Place, to target: Place
  ) -> [Step] {
    let isLong = product.depth >= Self.skippingDepthMin
    if let stage = NarrowStage(product, kernels, memory) {
      let skipsZeros = hasZeros && isLong && stage.keepsZeros
      return [.narrowProduct(dense(stage, skipsZeros: skipsZeros, from: source, to: target))]
    }
    // Zero times infinity would not be zero.
    let skipsZeros = hasZeros && isLong && product.weights.allSatisfy(\.isFinite)
    let part = product.depth <= Self.denseWholeMax ? product.depth : Self.densePartMax
    precondition(kernels.panels.columnCountInVectors(product.columns) <= target.imageStride)
    let inputs = memory.copy((0..<maximumBatch).map { $0 * source.imageStride })
    let outputs = memory.copy((0..<maximumBatch).map { $0 * target.imageStride })
    return stride(from: 0, to: product.depth, by: part).map { first in
      let depths = first..<min(product.depth, first + part)
      let isLast = depths.upperBound == product.depth
      let step = ProductStep(
        source: source, target: target, rowsPerImage: 1, inputOffsets: inputs,
        outputOffsets: outputs, inputSkip: first, runCount: 1, runLength: depths.count,
        runStride: 0, weights: pack(product, depths: depths),
        panelStride: kernels.panels.panelStride(depth: depths.count),
        columnCount: product.columns, start: first == 0 ? .bias(bias(product)) : .output,
        finish: isLast ? finish(product) : .store, skipsZeros: skipsZeros,
        skipsSharedZeros: skipsZeros && readsSharedZeros(product, part: part),
        depth: product.depth, sourceCount: product.depth, isDense: true)
      return .product(step)
    }
  }

  /// Whether a layer that comes next reads zeros that images have in common, and its weights,
  /// part by part, stay near while all of them pass each few images. Only of pixels is the blank in
  /// the same places.
  private func readsSharedZeros(_ product: Stage.Product, part: Int) -> Bool {
    let floats = kernels.panels.floatCount(depth: part, columns: product.columns)
    return mapSteps.isEmpty && vectorSteps.isEmpty && 4 * floats <= Self.sharedZerosByteCountMax
  }

  private func pack(_ product: Stage.Product, depths: Range<Int>) -> UnsafePointer<Float> {
    let packed = memory.floats(
      kernels.panels.floatCount(depth: depths.count, columns: product.columns))
    product.weights.withUnsafeBufferPointer { weights in
      guard let start = weights.baseAddress else { return }
      kernels.panels.pack(
        MatrixView(start, rowStride: product.columns).dropping(rows: depths.lowerBound),
        depth: depths.count, columns: product.columns, into: packed)
    }
    return UnsafePointer(packed)
  }

  private func bias(_ product: Stage.Product) -> UnsafePointer<Float> {
    memory.copy(
      product.bias, paddedTo: kernels.panels.paddedColumnCount(product.columns))
  }

  private func finish(_ product: Stage.Product) -> RowProduct.Finish {
    switch (product.poolsByTwo, product.rectifies) {
    case (false, false): .store
    case (false, true): .relu
    case (true, false): .maximumOfFour
    case (true, true): .maximumOfFourThenRelu
    }
  }
}
