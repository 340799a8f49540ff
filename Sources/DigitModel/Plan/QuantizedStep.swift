import DigitKernels

/// A convolution or a dense layer of bytes: see `QuantizedRowProduct`.
struct QuantizedProductStep {
  var source: Place
  var target: Place
  var rowsPerImage: Int
  /// For every image that `source` holds, in bytes from its first image.
  var inputOffsets: UnsafePointer<Int32>
  /// In elements.
  var outputOffsets: UnsafePointer<Int32>
  var runCount: Int
  var runLength: Int
  var runStride: Int
  var packed: QuantizedStage.Packed
  var panels: QuantizedLayout
  var columnCount: Int
  var isDense: Bool
}

/// A convolution of bytes in tiles: see `QuantizedConvolution`.
struct QuantizedConvolutionStep {
  var source: Place
  var sourceLayout: MapLayout
  var padding: Int
  var target: Place
  var targetLayout: MapLayout
  var packed: QuantizedStage.PackedTiles
  /// In floats from the start of the workspace.
  var scratch: Int
}

/// Floats to bytes, a row at a time so as to leave the halo alone.
struct QuantizeStep {
  var source: Place
  var sourceLayout: MapLayout
  var target: Place
  var targetLayout: MapLayout
}

extension Place {
  /// Where results go: floats or bytes.
  @inline(__always)
  fileprivate func results(
    of image: Int, in images: Range<Int>, _ memory: UnsafeMutablePointer<Float>,
    as result: Requantization.Result, skipping elements: Int = 0
  ) -> UnsafeMutableRawPointer {
    switch result {
    case .floats: UnsafeMutableRawPointer(floats(of: image, in: images, memory) + elements)
    case .bytes: UnsafeMutableRawPointer(bytes(of: image, in: images, memory) + elements)
    }
  }
}

extension QuantizedProductStep {
  func run(_ kernels: KernelTable, _ memory: UnsafeMutablePointer<Float>, _ images: Range<Int>) {
    let first = images.lowerBound
    kernels.quantized?.multiplyRows(
      QuantizedRowProduct(
        input: source.bytes(of: first, in: images, memory), inputOffsets: inputOffsets,
        rowCount: images.count * rowsPerImage, runCount: runCount,
        groupCount: QuantizedLayout.groupCount(runLength: runLength), runStride: runStride,
        weights: packed.weights,
        panelStride: panels.panelStride(runCount: runCount, runLength: runLength),
        columnCount: columnCount, columnScales: packed.scales,
        output: target.results(of: first, in: images, memory, as: packed.finish.result),
        outputOffsets: outputOffsets, finish: packed.finish))
  }
}

extension QuantizedConvolutionStep {
  func run(_ kernels: KernelTable, _ memory: UnsafeMutablePointer<Float>, _ images: Range<Int>) {
    let first = images.lowerBound
    // The padding's corner; the halo is at least as wide.
    let corner = sourceLayout.offset(y: -padding, x: -padding)
    kernels.quantized?.convolve(
      QuantizedConvolution(
        source: QuantizedConvolution.SourceMaps(
          pointer: source.bytes(of: first, in: images, memory) + corner,
          rowStride: sourceLayout.rowStride, imageStride: source.imageStride,
          size: (
            sourceLayout.height + 2 * padding, sourceLayout.width + 2 * padding,
            sourceLayout.channels
          ), zeroPoint: sourceLayout.quantization?.zeroPoint ?? 0),
        target: QuantizedConvolution.TargetMaps(
          pointer: target.results(
            of: first, in: images, memory, as: packed.finish.result,
            skipping: targetLayout.interior),
          rowStride: targetLayout.rowStride, imageStride: target.imageStride,
          size: (targetLayout.height, targetLayout.width, targetLayout.channels)),
        imageCount: images.count, weights: packed.weights, pointScales: packed.scales,
        finish: packed.finish, scratch: UnsafeMutableRawPointer(memory + scratch)))
  }
}

extension QuantizeStep {
  func run(_ kernels: KernelTable, _ memory: UnsafeMutablePointer<Float>, _ images: Range<Int>) {
    guard let quantization = targetLayout.quantization else { return }
    let count = sourceLayout.width * sourceLayout.channels
    for image in images {
      let from = source.floats(of: image, in: images, memory) + sourceLayout.interior
      let to = target.bytes(of: image, in: images, memory) + targetLayout.interior
      for y in 0..<sourceLayout.height {
        kernels.quantized?.quantize(
          from + y * sourceLayout.rowStride, quantization, to + y * targetLayout.rowStride, count)
      }
    }
  }
}
