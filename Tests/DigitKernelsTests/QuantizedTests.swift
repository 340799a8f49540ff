import DigitKernels
import Testing

/// Rows of `runCount` runs of `runLength` bytes, to columns.
struct QuantizedShape: CustomTestStringConvertible, Sendable {
  var rows: Int
  var runCount = 1
  var runLength: Int
  var columns: Int
  var pools = false

  var testDescription: String {
    "\(rows) rows of \(runCount) × \(runLength) to \(columns)\(pools ? ", pooled" : "")"
  }

  /// Every remainder of tiles, groups and panels.
  static let table: [QuantizedShape] =
    (1...26).map { rows in
      QuantizedShape(
        rows: rows, runCount: rows % 3 + 1, runLength: rows * 5 % 13 + 1, columns: rows * 7 % 70 + 1
      )
    }
    + [1, 9, 10, 15, 16, 17, 31, 32, 33, 48, 49, 64, 65, 128, 130, 193].flatMap { columns in
      [1, 2, 13].map { QuantizedShape(rows: $0, runLength: 37, columns: columns) }
    }
    + [4, 8, 12, 16, 20, 24, 28].map { rows in
      QuantizedShape(rows: rows, runCount: 3, runLength: 9, columns: rows + 7, pools: true)
    }
}

@Suite struct QuantizedTests {
  @Test(arguments: QuantizedShape.table)
  func `sums of bytes are exact`(shape: QuantizedShape) {
    for kernels in KernelTable.all {
      guard let kernels = kernels.quantized else { continue }
      let trial = QuantizedTrial(shape)
      let floats = trial.run(kernels, result: .floats)
      #expect(floats == trial.expected)
      let bytes = trial.run(kernels, result: .bytes)
      let rounded = trial.expected.map { min(255, $0.rounded(.toNearestOrEven)) }
      #expect(bytes == rounded)
    }
  }

  @Test func `the largest sums do not overflow`() {
    for kernels in KernelTable.all {
      guard let kernels = kernels.quantized else { continue }
      let trial = QuantizedTrial(
        QuantizedShape(rows: 1, runLength: QuantizedLayout.depthMax, columns: 40),
        byte: 255, weight: 127)
      let result = trial.run(kernels, result: .floats)
      #expect(result.allSatisfy { $0 > 1e5 })
      #expect(result == trial.expected)
    }
  }

  @Test func `floats are rounded to the nearest byte and kept within their range`() {
    for kernels in KernelTable.all {
      guard let kernels = kernels.quantized else { continue }
      let memory = TestMemory()
      let values: [Float] = [
        -9, -1, -0.26, -0.25, 0, 0.24, 0.26, 0.75, 1, 60, 62, 99, 1e9, 5, 6, 7, 8,
      ]
      let bytes = memory.bytes(values.count + 1, filledWith: 9)
      kernels.quantize(
        memory.copy(values), Quantization(scale: 0.5, zeroPoint: 128), bytes, values.count)
      let expected = values.map {
        UInt8(min(255, max(0, ($0 / 0.5 + 128).rounded(.toNearestOrEven))))
      }
      #expect((0..<values.count).map { bytes[$0] } == expected)
      #expect(bytes[values.count] == 9)
    }
  }

  @Test(arguments: WinogradShape.table, [0, 128] as [UInt8])
  func `a convolution in tiles agrees with the reference`(shape: WinogradShape, zeroPoint: UInt8) {
    for kernels in KernelTable.all {
      guard let kernels = kernels.quantized else { continue }
      for rectifies in [false, true] {
        let trial = QuantizedWinogradTrial(shape, zeroPoint: zeroPoint, rectifies: rectifies)
        let floats = trial.run(kernels, images: Array(0..<shape.images), result: .floats)
        let bytes = trial.run(kernels, images: Array(0..<shape.images), result: .bytes)
        for image in 0..<shape.images {
          let expected = trial.expected(image)
          #expect(largestDifference(floats[image], expected) < 0.2)
          let rounded = expected.map { min(255, max(rectifies ? 100 : 0, $0)) }
          #expect(largestDifference(bytes[image], rounded) < 0.7)
        }
      }
    }
  }

  @Test(arguments: WinogradShape.neighbours)
  func `an image comes out the same wherever it lies and whatever surrounds it`(
    shape: WinogradShape
  ) {
    for kernels in KernelTable.all {
      guard let kernels = kernels.quantized else { continue }
      let trial = QuantizedWinogradTrial(shape, zeroPoint: 3, rectifies: true)
      let alone = (0..<7).map { trial.run(kernels, images: [$0], result: .floats)[0] }
      for first in 0..<7 {
        let images = Array((first..<7).reversed())
        let isSame = trial.run(kernels, images: images, result: .floats) == images.map { alone[$0] }
        #expect(isSame, "images \(images)")
      }
    }
  }
}

/// Bytes and weights of repeatable noise, the weights whole numbers of which one in each column is
/// 127: they are packed without rounding.
private struct QuantizedTrial {
  let shape: QuantizedShape
  private let input: [UInt8]
  private let weights: [Float]
  private let scales: [Float]
  private let bias: [Float]

  init(_ shape: QuantizedShape, byte: UInt8? = nil, weight: Float? = nil) {
    self.shape = shape
    let depth = shape.runCount * shape.runLength
    input = noise(shape.rows * depth + 3, seed: 5).map { byte ?? UInt8(($0 + 1) * 127) }
    weights = noise(depth * shape.columns, seed: 6).enumerated().map { index, value in
      weight ?? (index < shape.columns ? 127 : (value * 127).rounded())
    }
    scales = noise(shape.columns, seed: 7).map { 0.0078125 * ($0 > 0 ? 1 : 0.5) }
    bias = noise(shape.columns, seed: 8).map { ($0 * 8).rounded() }
  }

  private let lowest: Float = 2

  /// Every figure has few bits, so that floats hold it exactly.
  var expected: [Float] {
    let depth = shape.runCount * shape.runLength
    let sums = (0..<shape.rows).map { row in
      (0..<shape.columns).map { column in
        (0..<depth).reduce(0) { sum, k in
          sum + Int(input[row * depth + k]) * Int(weights[k * shape.columns + column])
        }
      }
    }
    let size = shape.pools ? 4 : 1
    return stride(from: 0, to: shape.rows, by: size).flatMap { first in
      (0..<shape.columns).map { column in
        let sum = (first..<first + size).map { sums[$0][column] }.max() ?? 0
        return max(lowest, Float(sum) * scales[column] + bias[column])
      }
    }
  }

  func run(_ kernels: QuantizedKernels, result: Requantization.Result) -> [Float] {
    let memory = TestMemory()
    let layout = kernels.panels
    let (depth, columns) = (shape.runCount * shape.runLength, shape.columns)
    let packed = memory.signedBytes(
      layout.byteCount(runCount: shape.runCount, runLength: shape.runLength, columns: columns))
    let packedColumns = layout.pack(
      weights, runCount: shape.runCount, runLength: shape.runLength, columns: columns, into: packed)
    #expect(packedColumns.allSatisfy { $0.scale == 1 })
    let rows = shape.pools ? shape.rows / 4 : shape.rows
    let floats = memory.copy([Float](repeating: 7, count: rows * columns + 16))
    let bytes = memory.bytes(rows * columns + 16, filledWith: 7)
    let padding = [Float](repeating: 0, count: layout.paddedColumnCount(columns) - columns)
    kernels.multiplyRows(
      QuantizedRowProduct(
        input: memory.bytes(input), inputOffsets: memory.copy((0..<shape.rows).map { $0 * depth }),
        rowCount: shape.rows, runCount: shape.runCount,
        groupCount: QuantizedLayout.groupCount(runLength: shape.runLength),
        runStride: shape.runLength, weights: packed,
        panelStride: layout.panelStride(runCount: shape.runCount, runLength: shape.runLength),
        columnCount: columns, columnScales: memory.copy(scales + padding),
        output: result == .floats
          ? UnsafeMutableRawPointer(floats) : UnsafeMutableRawPointer(bytes),
        outputOffsets: memory.copy((0..<rows).map { $0 * columns }),
        finish: Requantization(
          bias: memory.copy(bias + padding), lowest: lowest, pools: shape.pools, result: result)))
    defer { withExtendedLifetime(memory) {} }
    let count = rows * columns
    let isUntouched = (count..<count + 16).allSatisfy { floats[$0] == 7 && bytes[$0] == 7 }
    #expect(isUntouched, "the memory behind the result")
    return (0..<count).map { result == .floats ? floats[$0] : Float(bytes[$0]) }
  }
}

/// Maps of bytes, weights and bias of repeatable noise; results are spread over 0…255 around 100.
private struct QuantizedWinogradTrial {
  let shape: WinogradShape
  let zeroPoint: UInt8
  let rectifies: Bool
  private let weights: [Float]
  private let bias: [Float]
  /// Without padding.
  private let maps: [[UInt8]]

  private static let gap = 33

  init(_ shape: WinogradShape, zeroPoint: UInt8, rectifies: Bool) {
    self.shape = shape
    self.zeroPoint = zeroPoint
    self.rectifies = rectifies
    let scale = 0.5 * (1 / Float(9 * shape.channels)).squareRoot()
    weights = noise(9 * shape.channels * shape.filters, seed: 1).map { $0 * scale }
    bias = noise(shape.filters, seed: 2).map { 100 + 10 * $0 }
    maps = (0..<shape.images).map { image in
      noise(shape.height * shape.width * shape.channels, seed: UInt32(image + 3))
        .map { UInt8(($0 + 1) * 127) }
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
    _ kernels: QuantizedKernels, images: [Int], result: Requantization.Result
  ) -> [[Float]] {
    let memory = TestMemory()
    let sources = images.map { padded(maps[$0]) + Array(repeating: 99, count: Self.gap) }
    let side = { (extent: Int) in
      let results = extent + 2 * shape.padding - 2
      return shape.pools ? results / 2 : results
    }
    let size = (side(shape.height), side(shape.width), shape.filters)
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
    let bytes = memory.bytes(images.count * resultStride, filledWith: 7)
    let padding = layout.paddedFilterCount(shape.filters) - shape.filters
    kernels.convolve(
      QuantizedConvolution(
        source: QuantizedConvolution.SourceMaps(
          pointer: memory.bytes(sources.flatMap { $0 }),
          rowStride: (shape.width + 2 * shape.padding) * shape.channels,
          imageStride: sources[0].count,
          size: (
            shape.height + 2 * shape.padding, shape.width + 2 * shape.padding, shape.channels
          ), zeroPoint: zeroPoint),
        target: QuantizedConvolution.TargetMaps(
          pointer: result == .floats
            ? UnsafeMutableRawPointer(floats) : UnsafeMutableRawPointer(bytes),
          rowStride: size.1 * size.2, imageStride: resultStride, size: size),
        imageCount: images.count, weights: packed, pointScales: scales,
        finish: Requantization(
          bias: memory.copy(
            zip(bias, shifts).map { $0 - Float($1) * Float(zeroPoint) }
              + Array(repeating: 0, count: padding)),
          lowest: rectifies ? 100 : result == .floats ? -.infinity : 0, pools: shape.pools,
          result: result),
        scratch: memory.bytes(
          layout.scratchByteCount(channels: shape.channels), filledWith: 0xff)))
    defer { withExtendedLifetime(memory) {} }
    return images.indices.map { place in
      let start = place * resultStride
      let isUntouched = (start + count..<start + resultStride)
        .allSatisfy { floats[$0] == 7 && bytes[$0] == 7 }
      #expect(isUntouched, "the memory behind a result")
      return (start..<start + count).map { result == .floats ? floats[$0] : Float(bytes[$0]) }
    }
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
