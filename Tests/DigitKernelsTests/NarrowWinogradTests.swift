import DigitKernels
import Testing

@Suite struct NarrowWinogradTests {
  @Test(arguments: NarrowKernels.all, WinogradShape.table)
  func `a convolution in tiles agrees with the reference`(
    kernels: NarrowKernels, shape: WinogradShape
  ) {
    for (zeroPoint, rectifies, isEven) in [
      (0, false, false), (0, true, false), (128, false, false), (128, true, false),
      (128, false, true), (3, true, true),
    ] {
      let trial = NarrowWinogradTrial(
        shape, zeroPoint: UInt8(zeroPoint), rectifies: rectifies, isEven: isEven)
      let floats = trial.run(kernels, images: Array(0..<shape.images), result: .floats)
      let narrow = trial.run(kernels, images: Array(0..<shape.images), result: .narrow)
      // Of floats of 16 bits the points are rounded too, which are up to a hundred times as large.
      let tolerance: Float = kernels.element == .uint8 ? 0.2 : 9
      for image in 0..<shape.images {
        let expected = trial.expected(image)
        #expect(largestDifference(floats[image], expected) < tolerance)
        let kept = kernels.element == .uint8 ? expected.map { min(255, max(0, $0)) } : expected
        #expect(largestDifference(narrow[image], kept) < tolerance + 0.5)
      }
    }
  }

  @Test(arguments: NarrowKernels.all, WinogradShape.neighbours)
  func `an image comes out the same wherever it lies and whatever surrounds it`(
    kernels: NarrowKernels, shape: WinogradShape
  ) {
    for isEven in [false, true] {
      let trial = NarrowWinogradTrial(shape, zeroPoint: 3, rectifies: true, isEven: isEven)
      let alone = (0..<7).map { trial.run(kernels, images: [$0], result: .floats)[0] }
      for first in 0..<7 {
        let images = Array((first..<7).reversed())
        let results = trial.run(kernels, images: images, result: .floats)
        let isSame = results == images.map { alone[$0] }
        #expect(isSame, "images \(images)")
      }
    }
  }
}

/// Maps of bytes, weights and bias of repeatable noise; results are spread over 0…255 around 100.
private struct NarrowWinogradTrial {
  let shape: WinogradShape
  let zeroPoint: UInt8
  let rectifies: Bool
  private let weights: [Float]
  private let bias: [Float]
  /// Without padding.
  private let maps: [[UInt8]]

  private static let gap = 33

  /// - Parameter isEven: Whether the pixels of every other image are alike, but for one far on.
  init(_ shape: WinogradShape, zeroPoint: UInt8, rectifies: Bool, isEven: Bool) {
    self.shape = shape
    self.zeroPoint = zeroPoint
    self.rectifies = rectifies
    let scale = 0.5 * (1 / Float(9 * shape.channels)).squareRoot()
    weights = noise(9 * shape.channels * shape.filters, seed: 1).map { $0 * scale }
    bias = noise(shape.filters, seed: 2).map { 100 + 10 * $0 }
    maps = (0..<shape.images).map { image in
      let map = noise(shape.height * shape.width * shape.channels, seed: UInt32(image + 3))
        .map { UInt8(($0 + 1) * 127) }
      guard isEven, image % 2 == 0 else { return map }
      return map.indices.map { $0 == map.count * 3 / 4 ? map[$0] : map[$0 % shape.channels] }
    }
  }

  func expected(_ image: Int) -> [Float] {
    let values = maps[image].map { Float($0) - Float(zeroPoint) }
    var map = Reference.convolve(
      ReferenceMap(
        height: shape.height, width: shape.width, channels: shape.channels, values: values),
      weights: weights, bias: bias, (kernel: 3, stride: 1, padding: shape.padding))
    if shape.pools { map = Reference.pool(map, size: 2, stride: 2, averages: false) }
    return rectifies ? map.values.map { max(100, $0) } : map.values
  }

  func run(
    _ kernels: NarrowKernels, images: [Int], result: NarrowFinish.Result
  ) -> [[Float]] {
    let memory = TestMemory()
    let sources = images.map { padded(maps[$0]) + Array(repeating: 99, count: Self.gap) }
    let sourceStride = sources[0].count
    let gaps = Set(
      images.indices.flatMap { ($0 + 1) * sourceStride - Self.gap..<($0 + 1) * sourceStride })
    let size = resultSize
    let count = size.0 * size.1 * size.2
    let resultStride = count + Self.gap
    let layout = kernels.winograd
    let packed = memory.shorts(
      layout.weightCount(channels: shape.channels, filters: shape.filters))
    let scales = memory.copy(
      [Float](repeating: 0, count: layout.scaleCount(filters: shape.filters)))
    let shifts = weights.withUnsafeBufferPointer { weights in
      layout.pack(
        KernelView(weights.baseAddress!, channels: shape.channels, filters: shape.filters),
        into: packed, scales: scales)
    }
    let floats = memory.copy([Float](repeating: 7, count: images.count * resultStride))
    let narrow = memory.elements(
      [UInt8](repeating: 7, count: images.count * resultStride), kernels.element)
    let padding = layout.paddedFilterCount(shape.filters) - shape.filters
    kernels.convolve(
      NarrowConvolution(
        source: NarrowConvolution.SourceMaps(
          pointer: memory.elements(sources.flatMap { $0 }, kernels.element, gaps: gaps),
          rowStride: (shape.width + 2 * shape.padding) * shape.channels,
          imageStride: sources[0].count,
          size: (
            shape.height + 2 * shape.padding, shape.width + 2 * shape.padding, shape.channels
          ), zeroPoint: zeroPoint),
        target: NarrowConvolution.TargetMaps(
          pointer: result == .floats ? UnsafeMutableRawPointer(floats) : narrow,
          rowStride: size.1 * size.2, imageStride: resultStride, size: size),
        imageCount: images.count, weights: packed, pointScales: scales,
        finish: NarrowFinish(
          bias: memory.copy(
            zip(bias, shifts).map { $0 - Float($1) * Float(zeroPoint) }
              + Array(repeating: 0, count: padding)),
          lowest: rectifies ? 100 : result == .floats ? -.infinity : kernels.element.nearest(-1e9),
          pools: shape.pools,
          result: result),
        scratch: memory.bytes(
          layout.scratchByteCount(channels: shape.channels), filledWith: 0xff)))
    defer { withExtendedLifetime(memory) {} }
    let all = (0..<images.count * resultStride).map { floats[$0] }
    let allNarrow = kernels.element.values(narrow, images.count * resultStride)
    return images.indices.map { index in
      let start = index * resultStride
      let gap = start + count..<start + resultStride
      let isUntouched = (all[gap] + allNarrow[gap]).allSatisfy { $0 == 7 }
      #expect(isUntouched, "the memory behind a result")
      return Array((result == .floats ? all : allNarrow)[start..<start + count])
    }
  }

  private var resultSize: (Int, Int, Int) {
    let side = { (extent: Int) in
      let results = extent + 2 * shape.padding - 2
      return shape.pools ? results / 2 : results
    }
    return (side(shape.height), side(shape.width), shape.filters)
  }

  private func padded(_ map: [UInt8]) -> [UInt8] {
    let rowCount = shape.width * shape.channels
    let side = [UInt8](repeating: zeroPoint, count: shape.padding * shape.channels)
    let row = [UInt8](
      repeating: zeroPoint, count: shape.padding * (rowCount + 2 * side.count))
    return row
      + (0..<shape.height).flatMap { y in side + map[y * rowCount..<(y + 1) * rowCount] + side }
      + row
  }
}
