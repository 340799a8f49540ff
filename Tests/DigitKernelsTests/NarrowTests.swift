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
    #expect(trial.run(kernels, result: .floats, scattersRows: true) == trial.expected)
    let narrow = trial.run(kernels, result: .narrow)
    #expect(narrow == trial.expected.map { kernels.element.nearest($0) })
  }

  @Test(arguments: NarrowKernels.all, [1, 2, 4, 5, 12, 13, 25])
  func `passing over zeros changes nothing`(kernels: NarrowKernels, rows: Int) {
    let group = kernels.panels.groupLength
    // Up to 256 groups there is room for the stretches of several rows.
    let lengths = [1, 3, 37, 255 * group, 256 * group - 1, 256 * group, 257 * group, 1_300]
    for (index, runLength) in lengths.enumerated() {
      let columns = [1, 16, 17, 33, 40, 50, 100, 193][index]
      let shape = NarrowShape(rows: rows, runLength: runLength, columns: columns)
      for zeros in [.none, .some(0.3), .some(0.9), .all, .groups(0), .groups(1)] as [Zeros] {
        let trial = NarrowTrial(shape, zeros: zeros, groupLength: group)
        #expect(trial.run(kernels, result: .floats, skipsZeros: true) == trial.expected)
        #expect(
          trial.run(kernels, result: .floats, skipsZeros: true, scattersRows: true)
            == trial.expected)
        #expect(
          trial.run(kernels, result: .narrow, skipsZeros: true)
            == trial.expected.map { kernels.element.nearest($0) })
      }
    }
  }

  @Test(arguments: NarrowKernels.all, [16, 17, 33, 130])
  func `a row comes out the same alone and among others, with zeros or passing over them`(
    kernels: NarrowKernels, columns: Int
  ) {
    for runLength in [64, 300, 2_000] {
      let shape = NarrowShape(rows: 25, runLength: runLength, columns: columns)
      let trial = NarrowTrial(shape, zeros: .some(0.4), isWhole: false)
      let together = trial.run(kernels, result: .floats)
      #expect(trial.run(kernels, result: .floats, skipsZeros: true) == together)
      for row in 0..<25 {
        let expected = Array(together[row * columns..<(row + 1) * columns])
        for skipsZeros in [false, true] {
          let alone = trial.row(row).run(kernels, result: .floats, skipsZeros: skipsZeros)
          #expect(alone == expected, "row \(row)")
        }
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
    kernels.quantize(
      memory.copy(values), Quantization(scale: 0.5, zeroPoint: 128), elements, values.count)
    #expect(
      element.values(elements, values.count + 1)
        == values.map { element.nearest($0 / 0.5 + 128) } + [9])
  }
}

extension NarrowElement {
  /// Of two as near, the even one.
  func nearest(_ value: Float) -> Float {
    switch self {
    case .uint8: return min(255, max(0, value.rounded(.toNearestOrEven)))
    case .bfloat16:
      guard value != 0 else { return 0 }
      let unit = Float(sign: .plus, exponent: value.exponent - 7, significand: 1)
      return (value / unit).rounded(.toNearestOrEven) * unit
    }
  }

  func values(_ elements: UnsafeMutableRawPointer, _ count: Int) -> [Float] {
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
  func elements(
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

/// Which of the inputs are zero.
enum Zeros {
  case none, all
  /// Stretches of ten.
  case some(Float)
  /// Every other group, from that one on.
  case groups(Int)
}

/// Bytes and weights of repeatable noise, the weights whole numbers of which one in each column is
/// 127: they are packed without rounding.
private struct NarrowTrial {
  private(set) var shape: NarrowShape
  private var input: [UInt8]
  private let weights: [Float]
  private let scales: [Float]
  private let bias: [Float]

  /// - Parameter isWhole: Whether the weights are, so that sums are exact in any order.
  init(
    _ shape: NarrowShape, byte: UInt8? = nil, weight: Float? = nil, zeros: Zeros = .none,
    groupLength: Int = 4, isWhole: Bool = true
  ) {
    self.shape = shape
    let depth = shape.runCount * shape.runLength
    let blanks = noise(shape.rows * depth / 10 + 1, seed: 9)
    input = noise(shape.rows * depth, seed: 5).enumerated().map { index, value in
      let isZero =
        switch zeros {
        case .none: false
        case .all: true
        case .some(let part): blanks[index / 10] < 2 * part - 1
        case .groups(let first): index % depth / groupLength % 2 == first
        }
      return isZero ? 0 : byte ?? UInt8((value + 1) * 127)
    }
    weights = noise(depth * shape.columns, seed: 6).enumerated().map { index, value in
      weight ?? (index < shape.columns ? 127 : isWhole ? (value * 127).rounded() : value)
    }
    scales = noise(shape.columns, seed: 7).map { 0.0078125 * ($0 > 0 ? 1 : 0.5) }
    bias = noise(shape.columns, seed: 8).map { ($0 * 8).rounded() }
  }

  private let lowest: Float = 2

  /// The trial of one row alone.
  func row(_ row: Int) -> NarrowTrial {
    var trial = self
    let depth = shape.runCount * shape.runLength
    trial.shape.rows = 1
    trial.input = Array(input[row * depth..<(row + 1) * depth])
    return trial
  }

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

  private func rows(
    _ depth: Int, _ element: NarrowElement, _ memory: TestMemory, scattered: Bool
  ) -> NarrowRowProduct.Rows {
    // An odd row is read beyond its end, where there must be some number.
    guard scattered else {
      return .offsets(
        memory.copy((0..<shape.rows).map { $0 * depth }),
        from: memory.elements(input + [9], element))
    }
    let pointers = (0..<shape.rows).map { row in
      UnsafeRawPointer(memory.elements(input[row * depth..<(row + 1) * depth] + [9], element))
    }
    return .pointers(memory.copy(pointers))
  }

  func run(
    _ kernels: NarrowKernels, result: NarrowFinish.Result, skipsZeros: Bool = false,
    scattersRows: Bool = false
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
    let results = shape.pools ? shape.rows / 4 : shape.rows
    let floats = memory.copy([Float](repeating: 7, count: results * columns + 16))
    let narrow = memory.elements(
      [UInt8](repeating: 7, count: results * columns + 16), kernels.element)
    let padding = [Float](repeating: 0, count: layout.paddedColumnCount(columns) - columns)
    var product =
      NarrowRowProduct(
        rows: rows(depth, kernels.element, memory, scattered: scattersRows),
        rowCount: shape.rows,
        runCount: shape.runCount, runLength: shape.runLength, runStride: shape.runLength,
        weights: packed,
        panelStride: layout.panelStride(runCount: shape.runCount, runLength: shape.runLength),
        columnCount: columns, columnScales: memory.copy(scales + padding),
        output: result == .floats ? UnsafeMutableRawPointer(floats) : narrow,
        outputOffsets: memory.copy((0..<results).map { $0 * columns }),
        finish: NarrowFinish(
          bias: memory.copy(bias + padding), lowest: lowest, pools: shape.pools, result: result))
    product.skipsZeros = skipsZeros
    kernels.multiplyRows(product)
    defer { withExtendedLifetime(memory) {} }
    let count = results * columns
    let all = (0..<count + 16).map { floats[$0] }
    let allNarrow = kernels.element.values(narrow, count + 16)
    let isUntouched = (all[count...] + allNarrow[count...]).allSatisfy { $0 == 7 }
    #expect(isUntouched, "the memory behind the result")
    return Array((result == .floats ? all : allNarrow)[..<count])
  }
}
