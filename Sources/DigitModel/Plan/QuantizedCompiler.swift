import DigitKernels

// How convolutions and dense layers become products of bytes.

extension [Stage] {
  /// The stages with products of bytes.
  ///
  /// - Parameters:
  ///   - inputs: How each product's input is kept, in their order; as many as there are.
  ///   - pixels: What the first of them reads instead, if the first stage is a product: ink comes
  ///     as bytes.
  func quantized(_ inputs: [Quantization], pixels: Network.Input) -> [Stage] {
    var stages: [Stage] = []
    var inputs = inputs[...]
    for stage in self {
      if case .product(var product) = stage {
        var input = inputs.removeFirst()
        if stages.lastProducer == nil {
          input = pixels.quantization
          product.mend(pixels, readAs: input)
        }
        product.quantization = (input, nil)
        stages.endIn(input)
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

  /// Makes the last result one of bytes: a product can do it itself.
  private mutating func endIn(_ quantization: Quantization) {
    guard let producer = lastProducer else { return }
    if case .product(var product) = self[producer] {
      product.quantization?.output = quantization
      self[producer] = .product(product)
    } else {
      insert(.quantize(quantization), at: producer + 1)
    }
  }

  /// How the pixels are kept, where the first thing that happens to them is a product of bytes.
  var quantizationOfPixels: Quantization? {
    for stage in self {
      switch stage {
      case .flatten: continue
      case .product(let product): return product.quantization?.input
      case .pooling, .scaling, .curve, .quantize: return nil
      }
    }
    return nil
  }
}

extension Network.Input {
  /// Ink of a byte, as the network sees it.
  fileprivate var quantization: Quantization {
    Quantization(
      scale: 1 / (255 * standardDeviation),
      zeroPoint: UInt8(min(255, max(0, (255 * mean).rounded()))))
  }
}

extension Stage.Product {
  /// The mean that is taken off the pixels may lie between two bytes: the rest goes into the bias.
  /// (With padding it would not be the same for every window, and stays away.)
  fileprivate mutating func mend(_ pixels: Network.Input, readAs quantization: Quantization) {
    guard convolution?.padding ?? 0 == 0 else { return }
    let rest =
      (Double(quantization.zeroPoint) - 255 * Double(pixels.mean)) * Double(quantization.scale)
    for column in bias.indices {
      let sum = stride(from: column, to: weights.count, by: columns)
        .reduce(0) { $0 + Double(weights[$1]) }
      bias[column] += Float(rest * sum)
    }
  }
}

/// A product of bytes, before it is known where its maps lie.
struct QuantizedStage {
  let product: Stage.Product
  let input: Quantization
  let output: Quantization?
  let kernels: QuantizedKernels
  let memory: PlanMemory

  init(
    _ product: Stage.Product, _ quantization: (input: Quantization, output: Quantization?),
    _ kernels: QuantizedKernels, _ memory: PlanMemory
  ) {
    self.product = product
    (input, output) = quantization
    self.kernels = kernels
    self.memory = memory
  }

  /// What a result of one counts in the target's bytes; for floats, itself.
  private var unit: Double { 1 / Double(output?.scale ?? 1) }

  struct Packed {
    var weights: UnsafePointer<Int8>
    var scales: UnsafePointer<Float>
    var finish: Requantization
  }

  /// The weights as signed bytes, and what their sums count.
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
        - scales[index] * Double(columns[index].sum) * Double(input.zeroPoint)
    }
    return Packed(
      weights: UnsafePointer(weights),
      scales: memory.copy(scales.map(Float.init), paddedTo: padded),
      finish: finish(bias, paddedTo: padded))
  }

  struct PackedTiles {
    var weights: UnsafePointer<Int16>
    var scales: UnsafePointer<Float>
    var finish: Requantization
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
      weights: UnsafePointer(weights), scales: UnsafePointer(scales),
      finish: finish(
        product.bias.indices.map { index in
          let shift = shifts[index] * Double(input.zeroPoint) * Double(input.scale)
          return (Double(product.bias[index]) - shift) * unit
        },
        paddedTo: layout.paddedFilterCount(product.columns)))
  }

  private func finish(_ bias: [Double], paddedTo count: Int) -> Requantization {
    let zero = Float(output?.zeroPoint ?? 0)
    return Requantization(
      bias: memory.copy(bias.map { Float($0) + zero }, paddedTo: count),
      lowest: product.rectifies ? zero : output == nil ? -.infinity : 0,
      pools: product.poolsByTwo, result: output == nil ? .floats : .bytes)
  }
}

extension PlanCompiler {
  /// A row for every output pixel of every image of a group.
  func direct(
    _ stage: QuantizedStage, from source: (place: Place, layout: MapLayout),
    to target: (place: Place, layout: MapLayout)
  ) -> QuantizedProductStep {
    let windows = windows(of: stage.product, from: source, to: target)
    return QuantizedProductStep(
      source: source.place, target: target.place,
      rowsPerImage: windows.inputs.count / groupCount, inputOffsets: memory.copy(windows.inputs),
      outputOffsets: memory.copy(windows.outputs), runCount: windows.kernel,
      runLength: windows.kernel * source.layout.channels, runStride: source.layout.rowStride,
      packed: stage.packed(
        runCount: windows.kernel, runLength: windows.kernel * source.layout.channels),
      panels: stage.kernels.panels, columnCount: stage.product.columns, isDense: false)
  }

  /// A row for every image.
  func dense(
    _ stage: QuantizedStage, from source: Place, to target: Place
  ) -> QuantizedProductStep {
    QuantizedProductStep(
      source: source, target: target, rowsPerImage: 1,
      inputOffsets: memory.copy((0..<maximumBatch).map { $0 * source.imageStride }),
      outputOffsets: memory.copy((0..<maximumBatch).map { $0 * target.imageStride }),
      runCount: 1, runLength: stage.product.depth, runStride: 0,
      packed: stage.packed(runCount: 1, runLength: stage.product.depth),
      panels: stage.kernels.panels, columnCount: stage.product.columns, isDense: true)
  }

  func winograd(
    _ stage: QuantizedStage, from source: (place: Place, layout: MapLayout),
    to target: (place: Place, layout: MapLayout)
  ) -> QuantizedConvolutionStep {
    QuantizedConvolutionStep(
      source: source.place, sourceLayout: source.layout,
      padding: stage.product.convolution?.padding ?? 0, target: target.place,
      targetLayout: target.layout, packed: stage.packedTiles(channels: source.layout.channels),
      scratch: scratch)
  }
}
