import DigitKernels

/// A convolution or a dense layer of narrow numbers: see `NarrowRowProduct`.
struct NarrowProductStep {
  var source: Place
  var target: Place
  var rowsPerImage: Int
  /// For every image that `source` holds, in elements from its first image.
  var inputOffsets: UnsafePointer<Int32>
  var outputOffsets: UnsafePointer<Int32>
  var runCount: Int
  var runLength: Int
  var runStride: Int
  var packed: NarrowStage.Packed
  var panels: NarrowLayout
  var columnCount: Int
  /// Elements of an image that are read, padding included; there is room for one more.
  var sourceCount: Int
  var skipsZeros = false
  var isDense: Bool
  /// Where in the workspace, in floats, it is listed where each image lies, if not in `source`:
  /// see `PixelLoader`.
  var listed: Int?
}

/// A convolution of narrow numbers in tiles: see `NarrowConvolution`.
struct NarrowConvolutionStep {
  var element: NarrowElement
  var source: Place
  var sourceLayout: MapLayout
  var padding: Int
  var target: Place
  var targetLayout: MapLayout
  var packed: NarrowStage.PackedTiles
  /// In floats from the start of the workspace.
  var scratch: Int
}

/// Floats to narrow numbers, a row at a time so as to leave the halo alone.
struct NarrowingStep {
  var source: Place
  var sourceLayout: MapLayout
  var target: Place
  var targetLayout: MapLayout
}

extension Place {
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

extension NarrowProductStep {
  func run(_ kernels: KernelTable, _ memory: UnsafeMutablePointer<Float>, _ images: Range<Int>) {
    let first = images.lowerBound
    let element = panels.element
    endRows(memory, images)
    var product =
      NarrowRowProduct(
        rows: rows(memory, images), rowCount: images.count * rowsPerImage, runCount: runCount,
        runLength: runLength, runStride: runStride, weights: packed.weights,
        panelStride: panels.panelStride(runCount: runCount, runLength: runLength),
        columnCount: isDense ? panels.columnCountInVectors(columnCount) : columnCount,
        columnScales: packed.scales,
        output: target.results(of: first, in: images, memory, as: packed.finish.result, element),
        outputOffsets: outputOffsets, finish: packed.finish)
    product.skipsZeros = skipsZeros
    kernels.multiplyRows(product, of: element)
  }
}

extension NarrowProductStep {
  private func rows(
    _ memory: UnsafeMutablePointer<Float>, _ images: Range<Int>
  ) -> NarrowRowProduct.Rows {
    guard let listed else {
      let start = source.elements(of: images.lowerBound, in: images, memory, panels.element)
      return .offsets(inputOffsets, from: start)
    }
    let list = UnsafeMutableRawPointer(memory + listed)
      .bindMemory(to: UnsafeRawPointer.self, capacity: images.upperBound)
    return .pointers(list + images.lowerBound)
  }

  /// Where floats of 16 bits are not even in number, one more is read, and counts times zero: if
  /// it were no number, the sum would be none.
  private func endRows(_ memory: UnsafeMutablePointer<Float>, _ images: Range<Int>) {
    guard panels.element == .bfloat16, runLength % 2 == 1 else { return }
    for image in images {
      source.elements(of: image, in: images, memory, panels.element)
        .storeBytes(of: 0, toByteOffset: 2 * sourceCount, as: UInt16.self)
    }
  }
}

extension NarrowConvolutionStep {
  func run(_ kernels: KernelTable, _ memory: UnsafeMutablePointer<Float>, _ images: Range<Int>) {
    let first = images.lowerBound
    // The padding's corner; the halo is at least as wide.
    let corner = sourceLayout.offset(y: -padding, x: -padding) * element.byteCount
    kernels.convolve(
      NarrowConvolution(
        source: NarrowConvolution.SourceMaps(
          pointer: source.elements(of: first, in: images, memory, element) + corner,
          rowStride: sourceLayout.rowStride, imageStride: source.imageStride,
          size: (
            sourceLayout.height + 2 * padding, sourceLayout.width + 2 * padding,
            sourceLayout.channels
          ), zeroPoint: sourceLayout.format?.quantization.zeroPoint ?? 0),
        target: NarrowConvolution.TargetMaps(
          pointer: target.results(
            of: first, in: images, memory, as: packed.finish.result, element,
            skipping: targetLayout.interior),
          rowStride: targetLayout.rowStride, imageStride: target.imageStride,
          size: (targetLayout.height, targetLayout.width, targetLayout.channels)),
        imageCount: images.count, weights: packed.weights, pointScales: packed.scales,
        finish: packed.finish, scratch: UnsafeMutableRawPointer(memory + scratch)), of: element)
  }
}

extension NarrowingStep {
  func run(_ kernels: KernelTable, _ memory: UnsafeMutablePointer<Float>, _ images: Range<Int>) {
    guard let format = targetLayout.format else { return }
    let size = format.element.byteCount
    let count = sourceLayout.width * sourceLayout.channels
    for image in images {
      let from = source.floats(of: image, in: images, memory) + sourceLayout.interior
      let to =
        target.elements(of: image, in: images, memory, format.element)
        + targetLayout.interior * size
      for y in 0..<sourceLayout.height {
        kernels.narrow(
          from + y * sourceLayout.rowStride, format.quantization,
          to: to + y * targetLayout.rowStride * size, of: format.element, count: count)
      }
    }
  }
}

extension NarrowingStep {
  var workName: String {
    switch targetLayout.format?.element {
    case .uint8: "to bytes"
    case .bfloat16: "to 16 bits"
    case nil: "to nothing"
    }
  }
}
