/// A matrix lying in memory with any strides, so that a transpose is only another view.
package struct MatrixView {
  package var pointer: UnsafePointer<Float>
  /// Floats from one row to the next.
  package var rowStride: Int
  /// Floats from one column to the next.
  package var columnStride: Int

  package init(_ pointer: UnsafePointer<Float>, rowStride: Int, columnStride: Int = 1) {
    self.pointer = pointer
    self.rowStride = rowStride
    self.columnStride = columnStride
  }

  package var transposed: MatrixView {
    MatrixView(pointer, rowStride: columnStride, columnStride: rowStride)
  }

  package subscript(row: Int, column: Int) -> Float {
    pointer[row * rowStride + column * columnStride]
  }

  /// The same matrix without its first rows and columns.
  package func dropping(rows: Int = 0, columns: Int = 0) -> MatrixView {
    MatrixView(
      pointer + rows * rowStride + columns * columnStride,
      rowStride: rowStride, columnStride: columnStride)
  }
}
