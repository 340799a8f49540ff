import DigitKernels

/// Brings the pixels of an image to where the first step reads them, conditioned and scaled.
struct PixelLoader {
  private let scaling: PixelScaling
  private let conditioning: Conditioning
  private let layout: MapLayout
  private let place: Place

  init(_ input: Network.Input, layout: MapLayout, place: Place) {
    scaling = PixelScaling(
      mean: input.mean, inverseDeviation: 1 / input.standardDeviation)
    conditioning = input.conditioning
    self.layout = layout
    self.place = place
  }

  func load(
    _ task: InferenceTask, _ image: Int, _ images: Range<Int>, _ kernels: KernelTable,
    _ memory: UnsafeMutablePointer<Float>
  ) {
    let map = memory + place.offset(of: image, in: images) + layout.interior
    let line = task.isRaw ? nil : contrast(of: task)
    var scaling = scaling
    if let line { scaling = scaling.after(line) }
    // Without a halo the image is one row.
    let rowCount = layout.halo == 0 ? 1 : layout.height
    let count = layout.height * layout.width / rowCount
    for row in 0..<rowCount {
      let pixels = task.pixels + row * count * task.pixelType.byteCount
      let target = map + row * layout.rowStride
      switch task.pixelType {
      case .uint8:
        kernels.scaleBytes(
          pixels.assumingMemoryBound(to: UInt8.self), scaling, target, count)
      case .float32: kernels.scaleFloats(pixels, scaling, target, count)
      }
      if line != nil { keepWithinInk(target, count) }
    }
  }

  private func contrast(of task: InferenceTask) -> ContrastLine? {
    guard conditioning == .contrast else { return nil }
    let (height, width) = (layout.height, layout.width)
    switch task.pixelType {
    case .uint8:
      let bytes = task.pixels.assumingMemoryBound(to: UInt8.self)
      return ContrastLine(bytes: bytes, height: height, width: width)
    case .float32: return ContrastLine(floats: task.pixels, height: height, width: width)
    }
  }

  /// Ink of 0…1, as the scaling shows it.
  private func keepWithinInk(_ target: UnsafeMutablePointer<Float>, _ count: Int) {
    let none = -scaling.mean * scaling.inverseDeviation
    let all = (1 - scaling.mean) * scaling.inverseDeviation
    for index in 0..<count { target[index] = min(max(target[index], none), all) }
  }
}

extension PixelScaling {
  /// Both in one: ((ink − ground) / range − mean) × inverseDeviation.
  fileprivate func after(_ line: ContrastLine) -> PixelScaling {
    PixelScaling(
      mean: line.ground + line.range * mean, inverseDeviation: inverseDeviation / line.range)
  }
}
