import DigitKernels
import Testing

/// m × k times k × n.
struct ProductShape: CustomTestStringConvertible, Sendable {
  var m: Int
  var n: Int
  var k: Int
  var testDescription: String { "\(m)×\(k)·\(k)×\(n)" }

  /// Every remainder of the tiles and blocks, and sizes on both sides of a block's edge.
  static let table: [ProductShape] =
    [1, 2, 3, 4, 5, 11, 12, 13, 25, 144, 145].flatMap { m in
      [1, 7, 15, 16, 17, 31, 32, 33, 50, 129].map { n in
        ProductShape(m: m, n: n, k: (m * 7 + n * 3) % 60 + 1)
      }
    } + [
      ProductShape(m: 5, n: 513, k: 257), ProductShape(m: 150, n: 40, k: 600),
      ProductShape(m: 3, n: 9, k: 0),
    ]
}

struct MatrixProductTests {
  @Test(arguments: KernelTable.all, ProductShape.table)
  func `a product of any shape agrees with the reference`(
    kernels: KernelTable, shape: ProductShape
  ) {
    for accumulates in [false, true] {
      for (transposesA, transposesB) in [(false, false), (true, false), (false, true)] {
        let operands = Operands(shape, transposesA: transposesA, transposesB: transposesB)
        let expected = operands.product(accumulates: accumulates) { Reference.multiply($0) }
        let result = operands.product(accumulates: accumulates) { product in
          withScratch { kernels.multiply(product, scratch: $0) }
        }
        #expect(largestDifference(result, expected) <= 2e-6 * Float(shape.k + 1))
      }
    }
  }

  @Test(arguments: KernelTable.all)
  func `a row comes out bit-identical wherever it lies and whatever surrounds it`(
    kernels: KernelTable
  ) {
    let whole = Operands(ProductShape(m: 40, n: 70, k: 300))
    let rows = whole.product { product in withScratch { kernels.multiply(product, scratch: $0) } }
    for row in 0..<40 {
      for count in 1...min(14, 40 - row) {
        let part = whole.rows(row..<row + count).product { product in
          withScratch { kernels.multiply(product, scratch: $0) }
        }
        let isSame = part == Array(rows[row * 75..<(row + count) * 75])
        #expect(isSame, "rows \(row)..<\(row + count)")
      }
    }
  }
}

extension KernelTable: CustomTestStringConvertible {
  package var testDescription: String { instructionSet.rawValue }
}

/// Matrices of repeatable noise; C has five spare columns that must stay as they are.
private struct Operands {
  var shape: ProductShape
  var transposesA = false
  var transposesB = false
  var a: [Float]
  var b: [Float]
  var c: [Float]

  init(_ shape: ProductShape, transposesA: Bool = false, transposesB: Bool = false) {
    self.shape = shape
    self.transposesA = transposesA
    self.transposesB = transposesB
    a = noise(shape.m * shape.k, seed: 1)
    b = noise(shape.k * shape.n, seed: 2)
    c = noise(shape.m * (shape.n + 5), seed: 3)
  }

  func rows(_ rows: Range<Int>) -> Operands {
    var part = self
    let pitch = shape.n + 5
    part.shape.m = rows.count
    part.a = Array(a[rows.lowerBound * shape.k..<rows.upperBound * shape.k])
    part.c = Array(c[rows.lowerBound * pitch..<rows.upperBound * pitch])
    return part
  }

  func product(accumulates: Bool = false, _ multiply: (MatrixProduct) -> Void) -> [Float] {
    var c = c
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        c.withUnsafeMutableBufferPointer { c in
          multiply(
            MatrixProduct(
              m: shape.m, n: shape.n, k: shape.k,
              a: view(a, columns: shape.k, rows: shape.m, transposed: transposesA),
              b: view(b, columns: shape.n, rows: shape.k, transposed: transposesB),
              c: c.baseAddress!, cRowStride: shape.n + 5, accumulates: accumulates))
        }
      }
    }
    return c
  }

  private func view(
    _ values: UnsafeBufferPointer<Float>, columns: Int, rows: Int, transposed: Bool
  ) -> MatrixView {
    let start = values.baseAddress ?? UnsafePointer(bitPattern: 4)!
    return transposed
      ? MatrixView(start, rowStride: rows).transposed : MatrixView(start, rowStride: columns)
  }
}
