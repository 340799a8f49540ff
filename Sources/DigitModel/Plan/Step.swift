import DigitKernels

/// One thing a plan does to the images of a group or batch. Plain addresses and numbers, so that
/// running it counts no references.
enum Step {
  case product(ProductStep)
  case winograd(WinogradStep)
  case pooling(PoolingStep)
  case scaling(InPlaceStep, scale: UnsafePointer<Float>, shift: UnsafePointer<Float>)
  case curve(InPlaceStep, Curve)
  case clearHalo(MapLayout, Place)
  case narrowProduct(NarrowProductStep)
  case narrowConvolution(NarrowConvolutionStep)
  case narrowing(NarrowingStep)
}

/// A convolution or (part of) a dense layer: see `RowProduct`.
struct ProductStep {
  var source: Place
  var target: Place
  var rowsPerImage: Int
  /// For every image that `source` holds, in floats from its first image.
  var inputOffsets: UnsafePointer<Int32>
  var outputOffsets: UnsafePointer<Int32>
  /// Floats to skip in every row of the input: where this part of a dense layer begins.
  var inputSkip = 0
  var runCount: Int
  var runLength: Int
  var runStride: Int
  var weights: UnsafePointer<Float>
  var panelStride: Int
  var columnCount: Int
  var start: RowProduct.Start
  var finish: RowProduct.Finish
  var skipsZeros = false
  var skipsSharedZeros = false
  /// The length of a row: of a dense layer that is cut into parts, of the whole one.
  var depth: Int
  /// Floats of an image that are read, padding included.
  var sourceCount: Int
  var isDense: Bool
}

struct PoolingStep {
  var source: Place
  var sourceLayout: MapLayout
  var target: Place
  var targetLayout: MapLayout
  var pooling: Pooling
}

/// Runs over the pixels of every image, a row at a time so as to leave the halo alone; images that
/// are one row each, one behind another, at once.
struct InPlaceStep {
  var place: Place
  var layout: MapLayout
}

extension Step {
  func run(_ kernels: KernelTable, _ memory: UnsafeMutablePointer<Float>, images: Range<Int>) {
    switch self {
    case .product(let step): step.run(kernels, memory, images)
    case .winograd(let step): step.run(kernels, memory, images)
    case .pooling(let step): step.run(kernels, memory, images)
    case .scaling(let step, let scale, let shift):
      step.forEachRow(memory, images) { row, pixels in
        kernels.scaleChannels(row, pixels, scale, shift, step.layout.channels)
      }
    case .curve(let step, let curve):
      step.forEachRow(memory, images) { row, pixels in
        kernels.applyCurve(curve, row, pixels * step.layout.channels)
      }
    case .clearHalo(let layout, let place):
      for image in images {
        layout.clearHalo(of: place, image, images, memory)
      }
    case .narrowProduct(let step): step.run(kernels, memory, images)
    case .narrowConvolution(let step): step.run(kernels, memory, images)
    case .narrowing(let step): step.run(kernels, memory, images)
    }
  }
}

extension ProductStep {
  fileprivate func run(
    _ kernels: KernelTable, _ memory: UnsafeMutablePointer<Float>, _ images: Range<Int>
  ) {
    var product =
      RowProduct(
        input: source.floats(of: images.lowerBound, in: images, memory) + inputSkip,
        inputOffsets: inputOffsets, rowCount: images.count * rowsPerImage, runCount: runCount,
        runLength: runLength, runStride: runStride, weights: weights,
        panelStride: panelStride,
        columnCount: isDense ? kernels.panels.columnCountInVectors(columnCount) : columnCount,
        output: target.floats(of: images.lowerBound, in: images, memory),
        outputOffsets: outputOffsets, start: start, finish: finish)
    product.skipsZeros = skipsZeros
    product.skipsSharedZeros = skipsSharedZeros
    kernels.multiplyRows(product)
  }
}

extension PoolingStep {
  fileprivate func run(
    _ kernels: KernelTable, _ memory: UnsafeMutablePointer<Float>, _ images: Range<Int>
  ) {
    for image in images {
      kernels.poolMap(
        MapPooling(
          input: source.floats(of: image, in: images, memory) + sourceLayout.interior,
          inputRowStride: sourceLayout.rowStride,
          output: target.floats(of: image, in: images, memory) + targetLayout.interior,
          outputRowStride: targetLayout.rowStride, height: targetLayout.height,
          width: targetLayout.width, channels: targetLayout.channels, size: pooling.size,
          stride: pooling.stride, averages: pooling.kind == .average))
    }
  }
}

extension InPlaceStep {
  @inline(__always)
  fileprivate func forEachRow(
    _ memory: UnsafeMutablePointer<Float>, _ images: Range<Int>,
    _ body: (_ row: UnsafeMutablePointer<Float>, _ pixels: Int) -> Void
  ) {
    if layout.height == 1, layout.halo == 0, layout.count == place.imageStride {
      let first = place.floats(of: images.lowerBound, in: images, memory)
      return body(first, images.count * layout.width)
    }
    for image in images {
      let map = place.floats(of: image, in: images, memory) + layout.interior
      for y in 0..<layout.height { body(map + y * layout.rowStride, layout.width) }
    }
  }
}

extension MapLayout {
  fileprivate func clearHalo(
    of place: Place, _ image: Int, _ images: Range<Int>, _ memory: UnsafeMutablePointer<Float>
  ) {
    guard let format else {
      return fillHalo(place.floats(of: image, in: images, memory), with: 0)
    }
    let map = place.elements(of: image, in: images, memory, format.element)
    let zero = format.quantization.zeroPoint
    switch format.element {
    case .uint8: fillHalo(map.assumingMemoryBound(to: UInt8.self), with: zero)
    case .bfloat16:
      fillHalo(map.assumingMemoryBound(to: UInt16.self), with: Float(zero).bfloat16Bits)
    }
  }

  @inline(__always)
  private func fillHalo<Element>(_ map: UnsafeMutablePointer<Element>, with zero: Element) {
    let side = halo * channels
    map.update(repeating: zero, count: halo * rowStride)
    (map + (height + halo) * rowStride).update(repeating: zero, count: halo * rowStride)
    for y in halo..<(halo + height) {
      let row = map + y * rowStride
      row.update(repeating: zero, count: side)
      (row + rowStride - side).update(repeating: zero, count: side)
    }
  }
}
