import KernelInterface

/// C = A · B, or C += A · B: A is m × k, B is k × n, C is m × n and row-major.
package struct MatrixProduct {
  package var m: Int
  package var n: Int
  package var k: Int
  package var a: MatrixView
  package var b: MatrixView
  package var c: UnsafeMutablePointer<Float>
  /// Floats from one row of C to the next.
  package var cRowStride: Int
  /// Whether the products are added to what C holds.
  package var accumulates: Bool

  package init(
    m: Int, n: Int, k: Int, a: MatrixView, b: MatrixView, c: UnsafeMutablePointer<Float>,
    cRowStride: Int? = nil, accumulates: Bool = false
  ) {
    self.m = m
    self.n = n
    self.k = k
    self.a = a
    self.b = b
    self.c = c
    self.cRowStride = cRowStride ?? n
    self.accumulates = accumulates
  }
}

extension KernelTable {
  /// Bytes that `multiply` needs beside its operands, whatever their size; 64-byte aligned.
  package static var multiplyScratchByteCount: Int { MultiplyScratch.byteCount }

  /// Computes a matrix product, in blocks that fit the caches (Goto and van de Geijn, "Anatomy
  /// of High-Performance Matrix Multiplication", ACM TOMS 34(3), 2008).
  ///
  /// Allocates nothing. Each element of C is one chain of multiply-adds in the order of k: it
  /// does not depend on m, n, or its row and column.
  package func multiply(_ product: MatrixProduct, scratch: UnsafeMutableRawPointer) {
    let scratch = MultiplyScratch(scratch)
    guard product.k > 0 else { return clearUnlessAccumulating(product) }
    for column in stride(from: 0, to: product.n, by: MultiplyBlock.columns) {
      for depth in stride(from: 0, to: product.k, by: MultiplyBlock.depth) {
        let block = MultiplyBlock(product, column: column, depth: depth)
        panels.pack(
          product.b.dropping(rows: depth, columns: column),
          depth: block.depthCount, columns: block.columnCount, into: scratch.b)
        for row in stride(from: 0, to: product.m, by: MultiplyBlock.rows) {
          multiplyRows(rowProduct(of: block, row: row, scratch: scratch))
        }
      }
    }
  }

  private func rowProduct(
    of block: MultiplyBlock, row: Int, scratch: MultiplyScratch
  ) -> RowProduct {
    let product = block.product
    let rowCount = min(MultiplyBlock.rows, product.m - row)
    let a = packRows(
      product.a.dropping(rows: row, columns: block.depth), rowCount: rowCount,
      depth: block.depthCount, into: scratch.a)
    for r in 0..<rowCount {
      scratch.inputOffsets[r] = Int32(r * a.rowStride)
      scratch.outputOffsets[r] = Int32(r * product.cRowStride)
    }
    let beginsAtZero = block.depth == 0 && !product.accumulates
    var rows = RowProduct(
      input: a.pointer, inputOffsets: scratch.inputOffsets, rowCount: rowCount,
      runLength: block.depthCount, weights: scratch.b,
      panelStride: panels.panelStride(depth: block.depthCount), columnCount: block.columnCount,
      output: product.c + row * product.cRowStride + block.column,
      outputOffsets: scratch.outputOffsets,
      start: beginsAtZero ? .zero : .output, finish: .store)
    rows.elementStride = a.columnStride
    return rows
  }

  private func clearUnlessAccumulating(_ product: MatrixProduct) {
    guard !product.accumulates else { return }
    for row in 0..<product.m {
      (product.c + row * product.cRowStride).update(repeating: 0, count: product.n)
    }
  }
}

/// Copies a block of A next to each other, so that the kernel reads it in order from one region:
/// row by row, or column by column where the columns are what lies together.
private func packRows(
  _ source: MatrixView, rowCount: Int, depth: Int, into target: UnsafeMutablePointer<Float>
) -> MatrixView {
  if source.columnStride == 1 {
    for r in 0..<rowCount {
      (target + r * depth).update(from: source.pointer + r * source.rowStride, count: depth)
    }
    return MatrixView(target, rowStride: depth)
  }
  for k in 0..<depth {
    let column = source.pointer + k * source.columnStride
    let copy = target + k * rowCount
    if source.rowStride == 1 {
      copy.update(from: column, count: rowCount)
    } else {
      for r in 0..<rowCount { copy[r] = column[r * source.rowStride] }
    }
  }
  return MatrixView(target, rowStride: 1, columnStride: rowCount)
}
