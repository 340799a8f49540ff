import DigitKernels

/// Brings the pixels of an image to where the first step reads them, conditioned and scaled; or
/// tells that step where they lie, if it reads them as they come.
struct PixelLoader {
  private let scaling: PixelScaling
  private let conditioning: Conditioning
  private let layout: MapLayout
  private let region: Region
  /// At which float of the workspace the first step finds the list of the images' pixels; nil
  /// where all lie in `region`.
  private let list: Int?

  init(_ input: Network.Input, to target: MapRegion, list: Int?) {
    scaling = PixelScaling(
      mean: input.mean, inverseDeviation: 1 / input.standardDeviation)
    conditioning = input.conditioning
    layout = target.layout
    region = target.region
    self.list = list
  }

  func load(
    _ task: InferenceTask, _ image: Int, _ images: Range<Int>, _ kernels: KernelTable,
    _ memory: UnsafeMutablePointer<Float>
  ) {
    if let element = layout.format?.element {
      let map = region.elements(of: image, in: images, memory, element)
      guard let list else { return loadQuantized(task, element, kernels, map) }
      let stay = areElements(task)
      if !stay { loadQuantized(task, element, kernels, map) }
      UnsafeMutableRawPointer(memory + list).storeBytes(
        of: stay ? task.pixels : UnsafeRawPointer(map),
        toByteOffset: image * MemoryLayout<UnsafeRawPointer>.stride, as: UnsafeRawPointer.self)
      return
    }
    let map = region.floats(of: image, in: images, memory) + layout.interior
    let line = task.isRaw ? nil : contrast(of: task)
    var scaling = scaling
    if let line { scaling = scaling.after(line) }
    for row in 0..<rowCount {
      let pixels = task.pixels + row * count * task.pixelType.byteCount
      let target = map + row * layout.rowStride
      switch task.pixelType {
      case .uint8:
        kernels.scaleBytes(
          pixels.assumingMemoryBound(to: UInt8.self), scaling, target, count)
      case .float32: kernels.scaleFloats(pixels, scaling, target, count)
      }
      if line != nil { clamp(target, count, to: inkLimits) }
    }
  }

  // Without a halo the image is one row.
  private var rowCount: Int { layout.halo == 0 ? 1 : layout.height }
  /// Pixels of a row.
  private var count: Int { layout.height * layout.width / rowCount }

  /// Ink of 0…255: what bytes are already, unless they are conditioned.
  private func loadQuantized(
    _ task: InferenceTask, _ element: NarrowElement, _ kernels: KernelTable,
    _ map: UnsafeMutableRawPointer
  ) {
    let line = task.isRaw ? nil : contrast(of: task)
    var scaling = PixelScaling(mean: 0, inverseDeviation: 1)
    if let line { scaling = scaling.after(line) }
    for row in 0..<rowCount {
      let pixels = task.pixels + row * count * task.pixelType.byteCount
      let target = map + (layout.interior + row * layout.rowStride) * element.byteCount
      if areElements(task) {
        kernels.quantize(bytes: pixels, to: target, of: element, count: count)
      } else {
        convert(
          pixels, task.pixelType, scaling, limits: line != nil, kernels, element, to: target)
      }
    }
  }

  /// Whether an image's bytes are the quantised elements, unchanged.
  private func areElements(_ task: InferenceTask) -> Bool {
    task.pixelType == .uint8 && (task.isRaw || conditioning == .none)
  }

  /// A row, some pixels at a time by way of floats on the stack.
  ///
  /// - Parameter limits: Whether ink is clamped to 0…1.
  private func convert(
    _ pixels: UnsafeRawPointer, _ type: PixelType, _ scaling: PixelScaling, limits: Bool,
    _ kernels: KernelTable, _ element: NarrowElement, to target: UnsafeMutableRawPointer
  ) {
    var ink = InlineArray<128, Float>(repeating: 0)
    withUnsafeMutableBytes(of: &ink) { ink in
      guard let ink = ink.baseAddress?.assumingMemoryBound(to: Float.self) else { return }
      for first in stride(from: 0, to: count, by: 128) {
        let some = min(128, count - first)
        let source = pixels + first * type.byteCount
        switch type {
        case .uint8:
          kernels.scaleBytes(source.assumingMemoryBound(to: UInt8.self), scaling, ink, some)
        case .float32: kernels.scaleFloats(source, scaling, ink, some)
        }
        if limits { clamp(ink, some, to: (0, 1)) }
        kernels.quantize(
          ink, .ink, to: target + first * element.byteCount, of: element, count: some)
      }
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

  /// Ink of 0 and 1, scaled. (0 − mean: −0.0 differs bitwise from 0.0.)
  private var inkLimits: (none: Float, all: Float) {
    ((0 - scaling.mean) * scaling.inverseDeviation, (1 - scaling.mean) * scaling.inverseDeviation)
  }

  private func clamp(
    _ ink: UnsafeMutablePointer<Float>, _ count: Int, to limits: (none: Float, all: Float)
  ) {
    let (lowest, highest) = limits
    for index in 0..<count { ink[index] = min(max(ink[index], lowest), highest) }
  }
}

extension PixelScaling {
  /// Both in one: ((ink − ground) / range − mean) × inverseDeviation.
  fileprivate func after(_ line: ContrastLine) -> PixelScaling {
    PixelScaling(
      mean: line.ground + line.range * mean, inverseDeviation: inverseDeviation / line.range)
  }
}

extension Quantization {
  /// Ink of 0…1.
  fileprivate static let ink = Quantization(scale: 1 / 255, zeroPoint: 0)
}
