import DigitKernels
import Testing

@Suite struct RowProductTests {
  @Test(arguments: KernelTable.all, [1, 2, 3, 4, 11, 12, 13, 25, 40])
  func `passing over zeros changes nothing`(kernels: KernelTable, rows: Int) {
    let depths = [1, 3, 4, 64, 255, 257, 784, 1_023, 1_024, 1_025]
    for (index, depth) in depths.enumerated() {
      let columns = [1, 16, 17, 33, 40, 50, 64, 100, 129, 10][index]
      for zeros in Sparsity.allCases {
        let trial = SparseTrial(rows: rows, depth: depth, columns: columns, zeros)
        let expected = trial.run(kernels)
        #expect(trial.run(kernels, skipsZeros: true) == expected)
        #expect(trial.run(kernels, skipsSharedZeros: true) == expected)
        #expect(trial.run(kernels, skipsZeros: true, skipsSharedZeros: true) == expected)
      }
    }
  }
}

private enum Sparsity: CaseIterable {
  /// Each by chance, in each row for itself.
  case none, few, many, all
  /// Stretches of all rows; the outer parts of them; all but the last element.
  case shared, edges, butLast
}

/// Rows with zeros, the gaps between them no numbers, times weights of noise.
private struct SparseTrial {
  let rows: Int
  let depth: Int
  let columns: Int
  private let input: [Float]
  private let weights: [Float]
  private let bias: [Float]

  private static let gap = 3

  init(rows: Int, depth: Int, columns: Int, _ zeros: Sparsity) {
    (self.rows, self.depth, self.columns) = (rows, depth, columns)
    let values = noise(rows * depth, seed: 1)
    let chances = noise(rows * depth, seed: 2)
    input = (0..<rows).flatMap { row in
      (0..<depth).map { k -> Float in
        let index = row * depth + k
        let isZero =
          switch zeros {
          case .none: false
          case .few: chances[index] < -0.7
          case .many: chances[index] < 0.9
          case .all: true
          case .shared: chances[k / 5] < 0.2
          case .edges: k < depth / 3 || k >= depth - depth / 3
          case .butLast: k < depth - 1
          }
        return isZero ? (k % 3 == 0 ? -0.0 : 0) : values[index]
      } + Array(repeating: .nan, count: Self.gap)
    }
    weights = noise(depth * columns, seed: 3)
    bias = noise(columns, seed: 4)
  }

  func run(
    _ kernels: KernelTable, skipsZeros: Bool = false, skipsSharedZeros: Bool = false
  ) -> [Float] {
    let memory = TestMemory()
    let panels = kernels.panels
    let packed = memory.copy(
      [Float](repeating: .nan, count: panels.floatCount(depth: depth, columns: columns)))
    weights.withUnsafeBufferPointer { weights in
      panels.pack(
        MatrixView(weights.baseAddress!, rowStride: columns), depth: depth, columns: columns,
        into: packed)
    }
    let padding = panels.paddedColumnCount(columns) - columns
    let output = memory.copy([Float](repeating: 7, count: rows * columns + 16))
    var product = RowProduct(
      input: memory.copy(input),
      inputOffsets: memory.copy((0..<rows).map { $0 * (depth + Self.gap) }), rowCount: rows,
      runLength: depth, weights: packed, panelStride: panels.panelStride(depth: depth),
      columnCount: columns, output: output,
      outputOffsets: memory.copy((0..<rows).map { $0 * columns }),
      start: .bias(memory.copy(bias + Array(repeating: 0, count: padding))), finish: .relu)
    product.skipsZeros = skipsZeros
    product.skipsSharedZeros = skipsSharedZeros
    kernels.multiplyRows(product)
    defer { withExtendedLifetime(memory) {} }
    let results = (0..<rows * columns + 16).map { output[$0] }
    #expect(results[(rows * columns)...].allSatisfy { $0 == 7 }, "the memory behind the result")
    return Array(results[..<(rows * columns)])
  }
}
