import DigitKernels
import Testing

/// Images of height × width × channels to filters, with padding.
struct WinogradShape: CustomTestStringConvertible, Sendable {
  var height: Int
  var width: Int
  var channels: Int
  var filters: Int
  var padding = 0
  var pools = false
  var images = 1

  var testDescription: String {
    "\(images) × \(height)×\(width)×\(channels) to \(filters), padding \(padding), "
      + (pools ? "pooled" : "whole")
  }

  /// Every remainder of tiles, channels, filters and strips, on both sides of a block's edge.
  static let table: [WinogradShape] =
    (3...11).flatMap { side in
      [false, true].map { pools in
        WinogradShape(
          height: side, width: 14 - side, channels: side * 3 % 11 + 1, filters: side * 7 % 23 + 1,
          padding: side % 2, pools: pools && side > 3 && side < 11, images: 1 + side % 3)
      }
    }
    + [1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64].map { count in
      WinogradShape(height: 6, width: 7, channels: count, filters: 65 - count, padding: 1)
    }
    + [63, 64, 65, 96, 97, 130].map { filters in
      WinogradShape(height: 7, width: 6, channels: 5, filters: filters, pools: true)
    }
    + [WinogradShape(height: 26, width: 26, channels: 32, filters: 64, pools: true, images: 2)]

  /// Seven images of whole strips each; then of one and of four tiles, so that strips of every
  /// length come about.
  static let neighbours: [WinogradShape] =
    [false, true].map { pools in
      WinogradShape(
        height: 9, width: 12, channels: 19, filters: 37, padding: 1, pools: pools, images: 7)
    }
    + [3, 7].map { side in
      WinogradShape(height: side, width: side, channels: 19, filters: 101, images: 7)
    }
}

@Suite struct WinogradTests {
  @Test(arguments: KernelTable.all, WinogradShape.table)
  func `a convolution of any shape agrees with the reference`(
    kernels: KernelTable, shape: WinogradShape
  ) {
    for (rectifies, isEven) in [(false, false), (true, false), (false, true), (true, true)] {
      let trial = WinogradTrial(shape, rectifies: rectifies, isEven: isEven)
      let result = trial.run(kernels, images: Array(0..<shape.images))
      for image in 0..<shape.images {
        #expect(largestDifference(result[image], trial.expected(image)) < 1e-5)
      }
    }
  }

  @Test(arguments: KernelTable.all, WinogradShape.neighbours)
  func `an image comes out bit-identical wherever it lies and whatever surrounds it`(
    kernels: KernelTable, shape: WinogradShape
  ) {
    for isEven in [false, true] {
      let trial = WinogradTrial(shape, rectifies: true, isEven: isEven)
      let alone = (0..<7).map { trial.run(kernels, images: [$0])[0] }
      for first in 0..<7 {
        for count in 1...(7 - first) {
          let images = Array((first..<first + count).reversed())
          let isSame = trial.run(kernels, images: images) == images.map { alone[$0] }
          #expect(isSame, "images \(images)")
        }
      }
    }
  }

  @Test(arguments: KernelTable.all, WinogradShape.neighbours)
  func `passing over even tiles changes nothing but the last bits`(
    kernels: KernelTable, shape: WinogradShape
  ) {
    let trial = WinogradTrial(shape, rectifies: false, isEven: true)
    let images = Array(0..<7)
    let (without, with) = (
      trial.run(kernels, images: images, skipsEvenTiles: false), trial.run(kernels, images: images)
    )
    #expect(largestDifference(without.flatMap { $0 }, with.flatMap { $0 }) < 2e-6)
  }
}

/// Maps, weights and bias of repeatable noise. What lies between and behind the maps is not a
/// number, and the memory behind each result must stay as it is.
private struct WinogradTrial {
  let shape: WinogradShape
  let rectifies: Bool
  private let weights: [Float]
  private let bias: [Float]
  /// Without padding.
  private let maps: [ReferenceMap]

  private static let gap = 21

  /// - Parameter isEven: Whether the pixels of every other image are alike, but for one far on.
  init(_ shape: WinogradShape, rectifies: Bool, isEven: Bool) {
    self.shape = shape
    self.rectifies = rectifies
    let scale = (1 / Float(9 * shape.channels)).squareRoot()
    weights = noise(9 * shape.channels * shape.filters, seed: 1).map { $0 * scale }
    bias = noise(shape.filters, seed: 2)
    maps = (0..<shape.images).map { image in
      var values = noise(shape.height * shape.width * shape.channels, seed: UInt32(image + 3))
      if isEven, image % 2 == 0 {
        let odd = values.count * 3 / 4
        for index in values.indices where index != odd {
          values[index] = values[index % shape.channels]
        }
      }
      return ReferenceMap(
        height: shape.height, width: shape.width, channels: shape.channels, values: values)
    }
  }

  func expected(_ image: Int) -> [Float] {
    var map = Reference.convolve(
      maps[image], weights: weights, bias: bias, (kernel: 3, stride: 1, padding: shape.padding))
    if shape.pools { map = Reference.pool(map, size: 2, stride: 2, averages: false) }
    return rectifies ? Reference.apply(.relu, map.values) : map.values
  }

  func run(
    _ kernels: KernelTable, images: [Int], skipsEvenTiles: Bool = true
  ) -> [[Float]] {
    let sources = images.map { padded(maps[$0]) + Array(repeating: .nan, count: Self.gap) }
    let source = sources.flatMap { $0 }
    let side = { (extent: Int) in
      let results = extent + 2 * shape.padding - 2
      return shape.pools ? results / 2 : results
    }
    let size = (side(shape.height), side(shape.width), shape.filters)
    let resultStride = size.0 * size.1 * size.2 + Self.gap
    let (weights, bias) = packed(kernels.winograd)
    let memory = TestMemory()
    let results = memory.copy([Float](repeating: 7, count: images.count * resultStride))
    let scratchCount = kernels.winograd.scratchFloatCount(
      channels: shape.channels, filters: shape.filters)
    var convolution =
      WinogradConvolution(
        source: WinogradConvolution.SourceMaps(
          pointer: memory.copy(source),
          rowStride: (shape.width + 2 * shape.padding) * shape.channels,
          imageStride: sources[0].count,
          size: (
            shape.height + 2 * shape.padding, shape.width + 2 * shape.padding, shape.channels
          )),
        target: WinogradConvolution.TargetMaps(
          pointer: results, rowStride: size.1 * size.2, imageStride: resultStride, size: size),
        imageCount: images.count, weights: memory.copy(weights), bias: memory.copy(bias),
        pools: shape.pools, rectifies: rectifies,
        scratch: memory.copy(Array(repeating: .nan, count: scratchCount)))
    convolution.skipsEvenTiles = skipsEvenTiles
    kernels.convolveWinograd(convolution)
    defer { withExtendedLifetime(memory) {} }
    return images.indices.map { index in
      let start = index * resultStride
      let end = start + resultStride - Self.gap
      let isUntouched = (end..<end + Self.gap).allSatisfy { results[$0] == 7 }
      #expect(isUntouched, "the memory behind a result")
      return (start..<end).map { results[$0] }
    }
  }

  private func packed(_ layout: WinogradLayout) -> (weights: [Float], bias: [Float]) {
    var packed = [Float](
      repeating: 0,
      count: layout.weightFloatCount(channels: shape.channels, filters: shape.filters))
    layout.pack(
      KernelView(weights, channels: shape.channels, filters: shape.filters), into: &packed)
    let spare = layout.paddedFilterCount(bias.count) - bias.count
    return (packed, bias + Array(repeating: 0, count: spare))
  }

  private func padded(_ map: ReferenceMap) -> [Float] {
    let padding = shape.padding
    return (-padding..<map.height + padding).flatMap { y in
      (-padding..<map.width + padding).flatMap { x in
        (0..<map.channels).map { map[y, x, $0] }
      }
    }
  }
}
