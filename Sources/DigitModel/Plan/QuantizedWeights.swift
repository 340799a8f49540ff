import DigitKernels

/// Weights of quantised numbers, packed for `NarrowRowProduct`.
struct QuantizedRowWeights: RowWeights {
  var packed: UnsafeRawPointer
  var panels: NarrowLayout
  var panelStride: Int
  /// What a sum of each column counts.
  var scales: UnsafePointer<Float>
  var finish: NarrowFinish
  var skipsZeros = false
  /// At which float of the workspace the list of the images' pixels starts; nil where they lie in
  /// the rows' source: see `PixelLoader`.
  var pixelList: Int?

  func multiply(
    _ rows: ProductRows, _ kernels: KernelTable, _ memory: UnsafeMutablePointer<Float>,
    _ images: Range<Int>
  ) {
    endRows(rows, memory, images)
    var product = NarrowRowProduct(
      rows: starts(of: rows, memory, images), rowCount: images.count * rows.perImage,
      runCount: rows.runCount, runLength: rows.runLength, runStride: rows.runStride,
      weights: packed, panelStride: panelStride, columnCount: rows.columnCount,
      columnScales: scales,
      output: rows.target.results(
        of: images.lowerBound, in: images, memory, as: finish.result, panels.element),
      outputOffsets: rows.outputOffsets, finish: finish)
    product.skipsZeros = skipsZeros
    kernels.multiplyRows(product, of: panels.element)
  }

  private func starts(
    of rows: ProductRows, _ memory: UnsafeMutablePointer<Float>, _ images: Range<Int>
  ) -> NarrowRowProduct.Rows {
    guard let pixelList else {
      let start = rows.source.elements(
        of: images.lowerBound, in: images, memory, panels.element)
      return .offsets(rows.inputOffsets, from: start)
    }
    let list = UnsafeMutableRawPointer(memory + pixelList)
      .bindMemory(to: UnsafeRawPointer.self, capacity: images.upperBound)
    return .pointers(list + images.lowerBound)
  }

  /// Where a run has an odd number of floats of 16 bits, the kernel reads one more and multiplies
  /// it by zero: NaN × 0 would be NaN, so a zero is written there.
  private func endRows(
    _ rows: ProductRows, _ memory: UnsafeMutablePointer<Float>, _ images: Range<Int>
  ) {
    guard panels.element == .bfloat16, rows.runLength % 2 == 1 else { return }
    for image in images {
      rows.source.elements(of: image, in: images, memory, panels.element)
        .storeBytes(of: 0, toByteOffset: 2 * rows.sourceCount, as: UInt16.self)
    }
  }

  var factors: StepWork.Factors { panels.element == .uint8 ? .bytes : .halves }
  var element: NarrowElement? { panels.element }

  var continuesLayer: Bool { false }

  func productCount(depth: Int, columns: Int, runs: Int) -> Int {
    runs * panels.groupCount(runLength: depth / runs) * panels.groupLength
      * panels.columnCountInVectors(columns)
  }
}

/// Weights of quantised numbers, transformed and packed for `NarrowConvolution`.
struct QuantizedTileWeights: TileWeights {
  var element: NarrowElement
  var packed: UnsafeRawPointer
  /// What a sum of each point and filter counts.
  var scales: UnsafePointer<Float>
  var finish: NarrowFinish
  /// Of the input.
  var zeroPoint: UInt8
  var paddedFilterCount: Int

  func convolve(
    _ maps: TileMaps, _ kernels: KernelTable, _ memory: UnsafeMutablePointer<Float>,
    _ images: Range<Int>
  ) {
    let (source, target, first) = (maps.source, maps.target, images.lowerBound)
    kernels.convolve(
      NarrowConvolution(
        source: NarrowConvolution.SourceMaps(
          pointer: source.region.elements(of: first, in: images, memory, element)
            + maps.sourceCorner * element.byteCount,
          rowStride: source.layout.rowStride, imageStride: source.region.imageStride,
          size: maps.sourceSize, zeroPoint: zeroPoint),
        target: NarrowConvolution.TargetMaps(
          pointer: target.region.results(
            of: first, in: images, memory, as: finish.result, element,
            skipping: target.layout.interior),
          rowStride: target.layout.rowStride, imageStride: target.region.imageStride,
          size: maps.targetSize),
        imageCount: images.count, weights: packed, pointScales: scales, finish: finish,
        scratch: UnsafeMutableRawPointer(memory + maps.scratch)), of: element)
  }

  var factors: StepWork.Factors { element == .uint8 ? .shorts : .halves }
  var pools: Bool { finish.pools }
}

extension Region {
  /// Where results go: floats or elements.
  @inline(__always)
  fileprivate func results(
    of image: Int, in images: Range<Int>, _ memory: UnsafeMutablePointer<Float>,
    as result: NarrowFinish.Result, _ element: NarrowElement, skipping count: Int = 0
  ) -> UnsafeMutableRawPointer {
    switch result {
    case .floats: UnsafeMutableRawPointer(floats(of: image, in: images, memory) + count)
    case .narrow: elements(of: image, in: images, memory, element) + count * element.byteCount
    }
  }
}

/// Rounds and packs a stage's weights for products of quantised numbers.
struct QuantizedPacker {
  let product: Stage.Product
  let packing: WeightPacking.Quantized
  private let input: Quantization
  private let output: Quantization?
  private let memory: PlanMemory

  /// Nil for a product of floats.
  init?(_ product: Stage.Product, _ packing: WeightPacking, _ memory: PlanMemory) {
    guard let formats = product.formats else { return nil }
    guard let packing = packing.quantized(formats.input.element) else {
      preconditionFailure("no kernels multiply \(formats.input.element)")
    }
    self.product = product
    self.packing = packing
    input = formats.input.quantization
    output = formats.output?.quantization
    self.memory = memory
  }

  /// What a result of 1 is in the target's elements; for floats, 1.
  private var unit: Double { 1 / Double(output?.scale ?? 1) }

  func rows(runCount: Int, runLength: Int) -> QuantizedRowWeights {
    let layout = packing.panels
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
    return QuantizedRowWeights(
      packed: UnsafeRawPointer(weights), panels: layout,
      panelStride: layout.panelStride(runCount: runCount, runLength: runLength),
      scales: memory.copy(scales.map(Float.init), paddedTo: padded),
      finish: finish(bias, paddedTo: padded))
  }

  func tiles(channels: Int) -> QuantizedTileWeights {
    let layout = packing.winograd
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
    let bias = product.bias.indices.map { index in
      let shift = shifts[index] * Double(input.zeroPoint) * Double(input.scale)
      return (Double(product.bias[index]) - shift) * unit
    }
    let padded = layout.paddedFilterCount(product.columns)
    return QuantizedTileWeights(
      element: packing.panels.element, packed: UnsafeRawPointer(weights),
      scales: UnsafePointer(scales), finish: finish(bias, paddedTo: padded),
      zeroPoint: input.zeroPoint, paddedFilterCount: padded)
  }

  private func finish(_ bias: [Double], paddedTo count: Int) -> NarrowFinish {
    let zero = Float(output?.zeroPoint ?? 0)
    let bytesAreWritten = output != nil && packing.panels.element == .uint8
    return NarrowFinish(
      bias: memory.copy(bias.map { Float($0) + zero }, paddedTo: count),
      lowest: product.rectifies ? zero : bytesAreWritten ? 0 : -.infinity,
      pools: product.poolsByTwo, result: output == nil ? .floats : .narrow)
  }
}
