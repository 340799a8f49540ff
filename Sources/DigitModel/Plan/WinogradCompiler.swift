import DigitKernels

// Which convolutions become tiles of Winograd's, and how.

extension PlanCompiler {
  func suitsWinograd(_ product: Stage.Product, _ layout: MapLayout, to target: MapLayout) -> Bool {
    guard let convolution = product.convolution, convolution.kernel == 3, convolution.stride == 1
    else { return false }
    let pixels = product.poolsByTwo ? 2 : 1
    let (rows, columns) = (pixels * target.height, pixels * target.width)
    if let narrow = narrowKernels(of: product) {
      return narrow.winograd.pays(
        channels: layout.channels, filters: product.columns, rows: rows, columns: columns)
    }
    return WinogradLayout.pays(
      channels: layout.channels, filters: product.columns, rows: rows, columns: columns)
  }

  private func narrowKernels(of product: Stage.Product) -> NarrowKernels? {
    product.formats.flatMap { kernels.narrow($0.input.element) }
  }

  /// Floats that a stage needs beside its maps.
  func scratchFloatCount(_ stage: Stage, _ layout: MapLayout, to target: MapLayout) -> Int {
    guard case .product(let product) = stage, suitsWinograd(product, layout, to: target) else {
      return 0
    }
    if let narrow = narrowKernels(of: product) {
      return (narrow.winograd.scratchByteCount(channels: layout.channels) + 3) / 4
    }
    return kernels.winograd.scratchFloatCount(
      channels: layout.channels, filters: product.columns)
  }

  func winograd(
    _ product: Stage.Product, from source: (place: Place, layout: MapLayout),
    to target: (place: Place, layout: MapLayout)
  ) -> WinogradStep {
    guard let convolution = product.convolution else {
      preconditionFailure("a dense layer works on vectors")
    }
    let layout = kernels.winograd
    let channels = source.layout.channels
    let packed = memory.floats(
      layout.weightFloatCount(channels: channels, filters: product.columns))
    layout.pack(
      KernelView(product.weights, channels: channels, filters: product.columns), into: packed)
    return WinogradStep(
      source: source.place, sourceLayout: source.layout, padding: convolution.padding,
      target: target.place, targetLayout: target.layout, weights: UnsafePointer(packed),
      bias: memory.copy(
        product.bias, paddedTo: layout.paddedFilterCount(product.columns)),
      pools: product.poolsByTwo, rectifies: product.rectifies,
      skipsEvenTiles: product.weights.allSatisfy(\.isFinite), scratch: scratch)
  }
}

/// A convolution in tiles: see `WinogradConvolution`.
struct WinogradStep {
  var source: Place
  var sourceLayout: MapLayout
  var padding: Int
  var target: Place
  var targetLayout: MapLayout
  var weights: UnsafePointer<Float>
  var bias: UnsafePointer<Float>
  var pools: Bool
  var rectifies: Bool
  var skipsEvenTiles: Bool
  /// In floats from the start of the workspace.
  var scratch: Int
}

extension WinogradStep {
  func run(_ kernels: KernelTable, _ memory: UnsafeMutablePointer<Float>, _ images: Range<Int>) {
    // The padding's corner; the halo is at least as wide.
    let corner = sourceLayout.offset(y: -padding, x: -padding)
    var convolution =
      WinogradConvolution(
        source: WinogradConvolution.SourceMaps(
          pointer: source.floats(of: images.lowerBound, in: images, memory) + corner,
          rowStride: sourceLayout.rowStride, imageStride: source.imageStride,
          size: (
            sourceLayout.height + 2 * padding, sourceLayout.width + 2 * padding,
            sourceLayout.channels
          )),
        target: WinogradConvolution.TargetMaps(
          pointer: target.floats(of: images.lowerBound, in: images, memory) + targetLayout.interior,
          rowStride: targetLayout.rowStride, imageStride: target.imageStride,
          size: (targetLayout.height, targetLayout.width, targetLayout.channels)),
        imageCount: images.count, weights: weights, bias: bias, pools: pools,
        rectifies: rectifies, scratch: memory + scratch)
    convolution.skipsEvenTiles = skipsEvenTiles
    kernels.convolveWinograd(convolution)
  }
}
