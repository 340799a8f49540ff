import DigitKernels

// The steps that multiply no weights.

struct PoolingStep: PlanStep {
  var source: MapRegion
  var target: MapRegion
  var pooling: Pooling

  func run(
    _ kernels: KernelTable, _ memory: UnsafeMutablePointer<Float>, _ images: Range<Int>
  ) {
    for image in images {
      kernels.poolMap(
        MapPooling(
          input: source.floats(of: image, in: images, memory),
          inputRowStride: source.layout.rowStride,
          output: target.floats(of: image, in: images, memory),
          outputRowStride: target.layout.rowStride, height: target.layout.height,
          width: target.layout.width, channels: target.layout.channels, size: pooling.size,
          stride: pooling.stride, averages: pooling.kind == .average))
    }
  }

  var work: StepWork? { StepWork(name: "pooling \(pooling.size)×\(pooling.size)") }
}

/// x × scale + shift for each channel, in place.
struct ScalingStep: PlanStep {
  var map: MapRegion
  var scale: UnsafePointer<Float>
  var shift: UnsafePointer<Float>

  func run(
    _ kernels: KernelTable, _ memory: UnsafeMutablePointer<Float>, _ images: Range<Int>
  ) {
    map.forEachRow(memory, images) { row, pixels in
      kernels.scaleChannels(row, pixels, scale, shift, map.layout.channels)
    }
  }

  var work: StepWork? { StepWork(name: "norm") }
}

/// A curve, in place.
struct CurveStep: PlanStep {
  var map: MapRegion
  var curve: Curve

  func run(
    _ kernels: KernelTable, _ memory: UnsafeMutablePointer<Float>, _ images: Range<Int>
  ) {
    map.forEachRow(memory, images) { row, pixels in
      kernels.applyCurve(curve, row, pixels * map.layout.channels)
    }
  }

  var work: StepWork? { StepWork(name: "\(curve)") }
}

/// Sets the halo of each map to zero.
struct ClearHaloStep: PlanStep {
  var map: MapRegion

  func run(
    _ kernels: KernelTable, _ memory: UnsafeMutablePointer<Float>, _ images: Range<Int>
  ) {
    let (region, layout) = (map.region, map.layout)
    guard let format = layout.format else {
      for image in images { layout.fillHalo(of: region.floats(of: image, in: images, memory), 0) }
      return
    }
    let zero = format.quantization.zeroPoint
    for image in images {
      let map = region.elements(of: image, in: images, memory, format.element)
      switch format.element {
      case .uint8: layout.fillHalo(of: map.assumingMemoryBound(to: UInt8.self), zero)
      case .bfloat16:
        layout.fillHalo(of: map.assumingMemoryBound(to: UInt16.self), Float(zero).bfloat16Bits)
      }
    }
  }

  var work: StepWork? { StepWork(name: "padding") }
}

/// Floats to quantised numbers.
struct QuantizingStep: PlanStep {
  var source: MapRegion
  var target: MapRegion
  /// Of the target.
  var format: NarrowFormat

  // A row at a time, so as to leave the halo alone.
  func run(
    _ kernels: KernelTable, _ memory: UnsafeMutablePointer<Float>, _ images: Range<Int>
  ) {
    let (element, layout) = (format.element, target.layout)
    let count = source.layout.width * source.layout.channels
    for image in images {
      let from = source.floats(of: image, in: images, memory)
      let to =
        target.region.elements(of: image, in: images, memory, element)
        + layout.interior * element.byteCount
      for y in 0..<source.layout.height {
        kernels.quantize(
          from + y * source.layout.rowStride, format.quantization,
          to: to + y * layout.rowStride * element.byteCount, of: element, count: count)
      }
    }
  }

  var work: StepWork? {
    switch format.element {
    case .uint8: StepWork(name: "to bytes")
    case .bfloat16: StepWork(name: "to 16 bits")
    }
  }
}

extension MapRegion {
  /// The first pixel of an image's map of floats.
  @inline(__always)
  fileprivate func floats(
    of image: Int, in images: Range<Int>, _ memory: UnsafeMutablePointer<Float>
  ) -> UnsafeMutablePointer<Float> {
    region.floats(of: image, in: images, memory) + layout.interior
  }

  /// Row by row, so as to leave the halo alone; images that are one row each, stored one after
  /// another, all at once.
  @inline(__always)
  fileprivate func forEachRow(
    _ memory: UnsafeMutablePointer<Float>, _ images: Range<Int>,
    _ body: (_ row: UnsafeMutablePointer<Float>, _ pixels: Int) -> Void
  ) {
    if layout.height == 1, layout.halo == 0, layout.count == region.imageStride {
      let first = region.floats(of: images.lowerBound, in: images, memory)
      return body(first, images.count * layout.width)
    }
    for image in images {
      let map = floats(of: image, in: images, memory)
      for y in 0..<layout.height { body(map + y * layout.rowStride, layout.width) }
    }
  }
}

extension MapLayout {
  @inline(__always)
  fileprivate func fillHalo<Element>(
    of map: UnsafeMutablePointer<Element>, _ zero: Element
  ) {
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
