import DigitKernels

// How convolutions and dense layers become products of narrow numbers.

extension [Stage] {
  /// The stages with products of narrow numbers.
  ///
  /// - Parameters:
  ///   - inputs: How each product's input is kept, in their order; as many as there are.
  ///   - pixels: What the first of them reads instead, if the first stage is a product: ink of
  ///     0…255, which any of them tells exactly. Not where it has padding and no element tells the
  ///     pixels' mean.
  func narrowed(_ inputs: [NarrowFormat], pixels: Network.Input) -> [Stage] {
    var stages: [Stage] = []
    var inputs = inputs[...]
    for stage in self {
      if case .product(var product) = stage {
        var input = inputs.removeFirst()
        if stages.lastProducer == nil, let ink = product.quantization(of: pixels) {
          input.quantization = ink
          product.mend(pixels, readAs: ink)
        } else {
          stages.endIn(input)
        }
        product.formats = (input, nil)
        stages.append(.product(product))
      } else {
        stages.append(stage)
      }
    }
    return stages
  }

  /// What computes something: flattening does not.
  private var lastProducer: Int? {
    lastIndex {
      if case .flatten = $0 { false } else { true }
    }
  }

  /// Makes the last result a narrow one: a product can do it itself.
  private mutating func endIn(_ format: NarrowFormat) {
    guard let producer = lastProducer else { return append(.narrowing(format)) }
    if case .product(var product) = self[producer] {
      product.formats?.output = format
      self[producer] = .product(product)
    } else {
      insert(.narrowing(format), at: producer + 1)
    }
  }

  /// How the pixels are kept, where the first thing that happens to them is a narrow product.
  var formatOfPixels: NarrowFormat? {
    for stage in self {
      switch stage {
      case .flatten: continue
      case .product(let product): return product.formats?.input
      case .pooling, .scaling, .curve, .narrowing: return nil
      }
    }
    return nil
  }
}

extension Stage.Product {
  /// Ink of 0…255, as the network sees it. Nil where the padding, which is the pixels' mean, would
  /// lie too far from every byte.
  fileprivate func quantization(of pixels: Network.Input) -> Quantization? {
    let zeroPoint = min(255, max(0, (255 * pixels.mean).rounded()))
    let isExact = abs(zeroPoint - 255 * pixels.mean) < 0.001
    guard isExact || convolution?.padding ?? 0 == 0 else { return nil }
    return Quantization(
      scale: 1 / (255 * pixels.standardDeviation), zeroPoint: UInt8(zeroPoint))
  }

  /// The mean that is taken off the pixels may lie between two bytes: the rest goes into the bias.
  fileprivate mutating func mend(_ pixels: Network.Input, readAs quantization: Quantization) {
    let rest =
      (Double(quantization.zeroPoint) - 255 * Double(pixels.mean)) * Double(quantization.scale)
    for column in bias.indices {
      let sum = stride(from: column, to: weights.count, by: columns)
        .reduce(0) { $0 + Double(weights[$1]) }
      bias[column] += Float(rest * sum)
    }
  }
}

/// A product of narrow numbers, before it is known where its maps lie.
struct NarrowStage {
  let product: Stage.Product
  let kernels: NarrowKernels
  private let input: Quantization
  private let output: Quantization?
  private let memory: PlanMemory

  /// Nil for a product of floats.
  init?(_ product: Stage.Product, _ kernels: KernelTable, _ memory: PlanMemory) {
    guard let formats = product.formats, let narrow = kernels.narrow(formats.input.element)
    else { return nil }
    self.product = product
    self.kernels = narrow
    input = formats.input.quantization
    output = formats.output?.quantization
    self.memory = memory
  }

  /// Whether what is zero is an element of zero.
  var keepsZeros: Bool { input.zeroPoint == 0 }

  /// What a result of one counts in the target's elements; for floats, itself.
  private var unit: Double { 1 / Double(output?.scale ?? 1) }

  struct Packed {
    var weights: UnsafeRawPointer
    var scales: UnsafePointer<Float>
    var finish: NarrowFinish
  }

  /// The weights, rounded, and what their sums count.
  func packed(runCount: Int, runLength: Int) -> Packed {
    let layout = kernels.panels
    let weights = memory.bytes(
      layout.byteCount(runCount: runCount, runLength: runLength, columns: product.columns))
    let columns = layout.pack(
      product.weights, runCount: runCount, runLength: runLength, columns: product.columns,
      into: weights)
    let padded = layout.paddedColumnCount(product.columns)
    let scales = columns.map { Double($0.scale) * Double(input.scale) * unit }
    let bias = columns.indices.map { index in
      Double(product.bias[index]) * unit
        - scales[index] * columns[index].sum * Double(input.zeroPoint)
    }
    return Packed(
      weights: UnsafeRawPointer(weights),
      scales: memory.copy(scales.map(Float.init), paddedTo: padded),
      finish: finish(bias, paddedTo: padded))
  }

  struct PackedTiles {
    var weights: UnsafeRawPointer
    var scales: UnsafePointer<Float>
    var finish: NarrowFinish
  }

  /// The weights at Winograd's points.
  func packedTiles(channels: Int) -> PackedTiles {
    let layout = kernels.winograd
    let weights = memory.shorts(
      layout.weightCount(channels: channels, filters: product.columns))
    let scaleCount = layout.scaleCount(filters: product.columns)
    let scales = memory.floats(scaleCount)
    let shifts = product.weights.withUnsafeBufferPointer { buffer in
      layout.pack(
        KernelView(buffer.baseAddress!, channels: channels, filters: product.columns),
        into: weights, scales: scales)
    }
    for index in 0..<scaleCount {
      scales[index] = Float(Double(scales[index]) * Double(input.scale) * unit)
    }
    return PackedTiles(
      weights: UnsafeRawPointer(weights), scales: UnsafePointer(scales),
      finish: finish(
        product.bias.indices.map { index in
          let shift = shifts[index] * Double(input.zeroPoint) * Double(input.scale)
          return (Double(product.bias[index]) - shift) * unit
        },
        paddedTo: layout.paddedFilterCount(product.columns)))
  }

  private func finish(_ bias: [Double], paddedTo count: Int) -> NarrowFinish {
    let zero = Float(output?.zeroPoint ?? 0)
    let bytesAreWritten = output != nil && kernels.element == .uint8
    return NarrowFinish(
      bias: memory.copy(bias.map { Float($0) + zero }, paddedTo: count),
      lowest: product.rectifies ? zero : bytesAreWritten ? 0 : -.infinity,
      pools: product.poolsByTwo, result: output == nil ? .floats : .narrow)
  }
}

extension PlanCompiler {
  /// A row for every output pixel of every image of a group.
  func direct(
    _ stage: NarrowStage, from source: (place: Place, layout: MapLayout),
    to target: (place: Place, layout: MapLayout)
  ) -> NarrowProductStep {
    let windows = windows(of: stage.product, from: source, to: target)
    precondition(windows.kernel <= NarrowRowProduct.runCountMax)
    return NarrowProductStep(
      source: source.place, target: target.place,
      rowsPerImage: windows.inputs.count / groupCount, inputOffsets: memory.copy(windows.inputs),
      outputOffsets: memory.copy(windows.outputs), runCount: windows.kernel,
      runLength: windows.kernel * source.layout.channels, runStride: source.layout.rowStride,
      packed: stage.packed(
        runCount: windows.kernel, runLength: windows.kernel * source.layout.channels),
      panels: stage.kernels.panels, columnCount: stage.product.columns,
      sourceCount: source.layout.count, isDense: false)
  }

  /// A row for every image.
  func dense(
    _ stage: NarrowStage, skipsZeros: Bool, from source: Place, to target: Place
  ) -> NarrowProductStep {
    let panels = stage.kernels.panels
    precondition(panels.columnCountInVectors(stage.product.columns) <= target.imageStride)
    return NarrowProductStep(
      source: source, target: target, rowsPerImage: 1,
      inputOffsets: memory.copy((0..<maximumBatch).map { $0 * source.imageStride }),
      outputOffsets: memory.copy((0..<maximumBatch).map { $0 * target.imageStride }),
      runCount: 1, runLength: stage.product.depth, runStride: 0,
      packed: stage.packed(runCount: 1, runLength: stage.product.depth),
      panels: panels, columnCount: stage.product.columns,
      sourceCount: stage.product.depth, skipsZeros: skipsZeros, isDense: true)
  }

  func winograd(
    _ stage: NarrowStage, from source: (place: Place, layout: MapLayout),
    to target: (place: Place, layout: MapLayout)
  ) -> NarrowConvolutionStep {
    NarrowConvolutionStep(
      element: stage.kernels.element, source: source.place, sourceLayout: source.layout,
      padding: stage.product.convolution?.padding ?? 0, target: target.place,
      targetLayout: target.layout, packed: stage.packedTiles(channels: source.layout.channels),
      scratch: scratch)
  }
}
