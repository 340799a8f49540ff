import DigitKernels
import Testing

/// Rows of `runCount` runs of `runLength` bytes, to columns.
struct NarrowShape: CustomTestStringConvertible, Sendable {
  var rows: Int
  var runCount = 1
  var runLength: Int
  var columns: Int
  var pools = false

  var testDescription: String {
    "\(rows) rows of \(runCount) × \(runLength) to \(columns)\(pools ? ", pooled" : "")"
  }

  /// Every remainder of tiles, groups and panels.
  static let table: [NarrowShape] =
    (1...26).map { rows in
      NarrowShape(
        rows: rows, runCount: rows % 3 + 1, runLength: rows * 5 % 13 + 1, columns: rows * 7 % 70 + 1
      )
    }
    + [1, 9, 10, 15, 16, 17, 31, 32, 33, 48, 49, 64, 65, 128, 130, 193].flatMap { columns in
      [1, 2, 13].map { NarrowShape(rows: $0, runLength: 37, columns: columns) }
    }
    + [4, 8, 12, 16, 20, 24, 28].map { rows in
      NarrowShape(rows: rows, runCount: 3, runLength: 9, columns: rows + 7, pools: true)
    }
}

extension NarrowKernels: CustomTestStringConvertible {
  package var testDescription: String { "\(element)" }

  /// All that this processor has.
  static let all = KernelTable.all.flatMap { [$0.int8, $0.bf16].compactMap { $0 } }
}

@Suite struct NarrowTests {
  @Test(arguments: NarrowKernels.all, NarrowShape.table)
  func `sums of whole numbers are exact`(kernels: NarrowKernels, shape: NarrowShape) {
    let trial = NarrowTrial(shape)
    let floats = trial.run(kernels, result: .floats)
    #expect(floats == trial.expected)
    let narrow = trial.run(kernels, result: .narrow)
    #expect(narrow == trial.expected.map { kernels.element.nearest($0) })
  }

  @Test(arguments: NarrowKernels.all, [1, 2, 4, 5, 12, 13, 25])
  func `passing over zeros changes nothing`(kernels: NarrowKernels, rows: Int) {
    for (runLength, columns) in [(1, 1), (3, 40), (784, 50), (1_023, 16), (1_300, 100), (37, 193)] {
      for zeros in [0, 0.3, 0.9, 1] as [Float] {
        let trial = NarrowTrial(
          NarrowShape(rows: rows, runLength: runLength, columns: columns), zeros: zeros)
        #expect(trial.run(kernels, result: .floats, skipsZeros: true) == trial.expected)
        #expect(
          trial.run(kernels, result: .narrow, skipsZeros: true)
            == trial.expected.map { kernels.element.nearest($0) })
      }
    }
  }

  @Test func `the largest sums do not overflow`() {
    for kernels in NarrowKernels.all where kernels.element == .uint8 {
      let trial = NarrowTrial(
        NarrowShape(rows: 1, runLength: NarrowLayout.depthMax(.uint8), columns: 40),
        byte: 255, weight: 127)
      let result = trial.run(kernels, result: .floats)
      #expect(result.allSatisfy { $0 > 1e5 })
      #expect(result == trial.expected)
    }
  }

  @Test(arguments: NarrowKernels.all)
  func `floats are rounded to the nearest element that there is`(kernels: NarrowKernels) {
    let memory = TestMemory()
    let element = kernels.element
    let values: [Float] = [
      -9, -1, -0.26, -0.25, 0, 0.24, 0.26, 0.75, 1, 60, 62, 99, 1e9, 5, 6, 7, 8,
      // Half between two floats of 16 bits.
      193.75, 192.25, -200.75,
    ]
    let elements = memory.elements(values.map { _ in 9 } + [9], element)
    kernels.narrow(
      memory.copy(values), Quantization(scale: 0.5, zeroPoint: 128), elements, values.count)
    #expect(
      element.values(elements, values.count + 1)
        == values.map { element.nearest($0 / 0.5 + 128) } + [9])
  }

  @Test(arguments: NarrowKernels.all, WinogradShape.table)
  func `a convolution in tiles agrees with the reference`(
    kernels: NarrowKernels, shape: WinogradShape
  ) {
    for (zeroPoint, rectifies) in [(0, false), (0, true), (128, false), (128, true)] {
      let trial = NarrowWinogradTrial(shape, zeroPoint: UInt8(zeroPoint), rectifies: rectifies)
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
    let trial = NarrowWinogradTrial(shape, zeroPoint: 3, rectifies: true)
    let alone = (0..<7).map { trial.run(kernels, images: [$0], result: .floats)[0] }
    for first in 0..<7 {
      let images = Array((first..<7).reversed())
      let isSame = trial.run(kernels, images: images, result: .floats) == images.map { alone[$0] }
      #expect(isSame, "images \(images)")
    }
  }
}

extension NarrowElement {
  /// Of two as near, the even one.
  fileprivate func nearest(_ value: Float) -> Float {
    switch self {
    case .uint8: return min(255, max(0, value.rounded(.toNearestOrEven)))
    case .bfloat16:
      guard value != 0 else { return 0 }
      let unit = Float(sign: .plus, exponent: value.exponent - 7, significand: 1)
      return (value / unit).rounded(.toNearestOrEven) * unit
    }
  }

  fileprivate func values(_ elements: UnsafeMutableRawPointer, _ count: Int) -> [Float] {
    (0..<count).map { index in
      switch self {
      case .uint8: Float(elements.load(fromByteOffset: index, as: UInt8.self))
      case .bfloat16:
        Float(
          bitPattern: UInt32(elements.load(fromByteOffset: 2 * index, as: UInt16.self)) << 16)
      }
    }
  }
}

extension TestMemory {
  /// Whole numbers, and behind them a vector of what is no number, if the elements know such.
  fileprivate func elements(
    _ values: [UInt8], _ element: NarrowElement, gaps: Set<Int> = []
  ) -> UnsafeMutableRawPointer {
    switch element {
    case .uint8: return UnsafeMutableRawPointer(bytes(values + Array(repeating: 0xff, count: 64)))
    case .bfloat16:
      let bits = values.enumerated().map { index, value in
        gaps.contains(index) ? 0xffff : UInt16(Float(value).bitPattern >> 16)
      }
      return UnsafeMutableRawPointer(shorts(bits + Array(repeating: 0xffff, count: 32)))
    }
  }
}

/// Bytes and weights of repeatable noise, the weights whole numbers of which one in each column is
/// 127: they are packed without rounding.
private struct NarrowTrial {
  let shape: NarrowShape
  private let input: [UInt8]
  private let weights: [Float]
  private let scales: [Float]
  private let bias: [Float]

  /// - Parameter zeros: The part of the input that is zero, in stretches of ten.
  init(_ shape: NarrowShape, byte: UInt8? = nil, weight: Float? = nil, zeros: Float = 0) {
    self.shape = shape
    let depth = shape.runCount * shape.runLength
    let blanks = noise(shape.rows * depth / 10 + 1, seed: 9).map { $0 < 2 * zeros - 1 }
    input = noise(shape.rows * depth, seed: 5).enumerated().map { index, value in
      blanks[index / 10] ? 0 : byte ?? UInt8((value + 1) * 127)
    }
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

  func run(
    _ kernels: NarrowKernels, result: NarrowFinish.Result, skipsZeros: Bool = false
  ) -> [Float] {
    let memory = TestMemory()
    let layout = kernels.panels
    let (depth, columns) = (shape.runCount * shape.runLength, shape.columns)
    let packed = memory.bytes(
      layout.byteCount(runCount: shape.runCount, runLength: shape.runLength, columns: columns),
      filledWith: 0)
    let packedColumns = layout.pack(
      weights, runCount: shape.runCount, runLength: shape.runLength, columns: columns, into: packed)
    #expect(packedColumns.allSatisfy { $0.scale == 1 })
    let rows = shape.pools ? shape.rows / 4 : shape.rows
    let floats = memory.copy([Float](repeating: 7, count: rows * columns + 16))
    let narrow = memory.elements(
      [UInt8](repeating: 7, count: rows * columns + 16), kernels.element)
    let padding = [Float](repeating: 0, count: layout.paddedColumnCount(columns) - columns)
    var product =
      NarrowRowProduct(
        // An odd row is read beyond its end, where there must be some number.
        input: memory.elements(input + [9], kernels.element),
        inputOffsets: memory.copy((0..<shape.rows).map { $0 * depth }), rowCount: shape.rows,
        runCount: shape.runCount, runLength: shape.runLength, runStride: shape.runLength,
        weights: packed,
        panelStride: layout.panelStride(runCount: shape.runCount, runLength: shape.runLength),
        columnCount: columns, columnScales: memory.copy(scales + padding),
        output: result == .floats ? UnsafeMutableRawPointer(floats) : narrow,
        outputOffsets: memory.copy((0..<rows).map { $0 * columns }),
        finish: NarrowFinish(
          bias: memory.copy(bias + padding), lowest: lowest, pools: shape.pools, result: result))
    product.skipsZeros = skipsZeros
    kernels.multiplyRows(product)
    defer { withExtendedLifetime(memory) {} }
    let count = rows * columns
    let all = (0..<count + 16).map { floats[$0] }
    let allNarrow = kernels.element.values(narrow, count + 16)
    let isUntouched = (all[count...] + allNarrow[count...]).allSatisfy { $0 == 7 }
    #expect(isUntouched, "the memory behind the result")
    return Array((result == .floats ? all : allNarrow)[..<count])
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
    _ kernels: NarrowKernels, images: [Int], result: NarrowFinish.Result
  ) -> [[Float]] {
    let memory = TestMemory()
    let sources = images.map { padded(maps[$0]) + Array(repeating: 99, count: Self.gap) }
    let sourceStride = sources[0].count
    let gaps = Set(
      images.indices.flatMap { ($0 + 1) * sourceStride - Self.gap..<($0 + 1) * sourceStride })
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
    return images.indices.map { place in
      let start = place * resultStride
      let gap = start + count..<start + resultStride
      let isUntouched = (all[gap] + allNarrow[gap]).allSatisfy { $0 == 7 }
      #expect(isUntouched, "the memory behind a result")
      return Array((result == .floats ? all : allNarrow)[start..<start + count])
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
