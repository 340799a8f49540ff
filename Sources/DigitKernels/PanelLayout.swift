/// How a right-hand matrix (depth × columns: a layer's weights) is packed for `multiplyRows`.
///
///     [panel 0: depth × 2 vectors][panel 1: depth × 2 vectors]…[last panel]
///
/// A panel holds two vectors of columns for every k, so that the kernel reads it in one sweep.
/// The last panel is one vector wide where that is enough, and is filled up with zeros.
package struct PanelLayout: ColumnPanels, BitwiseCopyable, Equatable, Sendable {
  /// Floats in a vector register.
  package let vectorWidth: Int

  package init(vectorWidth: Int) { self.vectorWidth = vectorWidth }

  /// Floats from one panel to the next.
  package func panelStride(depth: Int) -> Int { depth * panelWidth }

  /// Floats that `pack` writes, at most.
  package func floatCount(depth: Int, columns: Int) -> Int {
    panelStride(depth: depth) * ((columns + panelWidth - 1) / panelWidth)
  }

  package func pack(
    _ matrix: MatrixView, depth: Int, columns: Int, into target: UnsafeMutablePointer<Float>
  ) {
    var panel = target
    for column in stride(from: 0, to: columns, by: panelWidth) {
      let count = min(panelWidth, columns - column)
      let width = count > vectorWidth ? panelWidth : vectorWidth
      let source = matrix.dropping(columns: column)
      if source.columnStride == 1 {
        packRows(of: source, depth: depth, count: count, width: width, into: panel)
      } else {
        packColumns(of: source, depth: depth, count: count, width: width, into: panel)
      }
      panel += panelStride(depth: depth)
    }
  }

  private func packRows(
    of source: MatrixView, depth: Int, count: Int, width: Int,
    into panel: UnsafeMutablePointer<Float>
  ) {
    for k in 0..<depth {
      let row = panel + k * width
      row.update(from: source.pointer + k * source.rowStride, count: count)
      (row + count).update(repeating: 0, count: width - count)
    }
  }

  /// Four by four where the columns lie together, so that a matrix is transposed by vectors.
  private func packColumns(
    of source: MatrixView, depth: Int, count: Int, width: Int,
    into panel: UnsafeMutablePointer<Float>
  ) {
    let whole = source.rowStride == 1 ? (depth & ~3, count & ~3) : (0, 0)
    for k in stride(from: 0, to: whole.0, by: 4) {
      for column in stride(from: 0, to: whole.1, by: 4) {
        transpose(
          source.dropping(rows: k, columns: column), to: panel + k * width + column,
          rowStride: width)
      }
    }
    for k in 0..<depth {
      for column in (k < whole.0 ? whole.1 : 0)..<width {
        panel[k * width + column] = column < count ? source[k, column] : 0
      }
    }
  }

  /// Copies four rows of four, from columns that lie together.
  @inline(__always)
  private func transpose(
    _ source: MatrixView, to target: UnsafeMutablePointer<Float>, rowStride: Int
  ) {
    let left = SIMD8(lowHalf: source.column(0), highHalf: source.column(1))
    let right = SIMD8(lowHalf: source.column(2), highHalf: source.column(3))
    let even = SIMD8(lowHalf: left.evenHalf, highHalf: right.evenHalf)
    let odd = SIMD8(lowHalf: left.oddHalf, highHalf: right.oddHalf)
    let rows = (even.evenHalf, odd.evenHalf, even.oddHalf, odd.oddHalf)
    let target = UnsafeMutableRawPointer(target)
    let stride = rowStride * MemoryLayout<Float>.stride
    target.storeBytes(of: rows.0, as: SIMD4<Float>.self)
    (target + stride).storeBytes(of: rows.1, as: SIMD4<Float>.self)
    (target + 2 * stride).storeBytes(of: rows.2, as: SIMD4<Float>.self)
    (target + 3 * stride).storeBytes(of: rows.3, as: SIMD4<Float>.self)
  }
}

extension MatrixView {
  /// The first four floats of a column that lies together.
  @inline(__always)
  fileprivate func column(_ column: Int) -> SIMD4<Float> {
    UnsafeRawPointer(pointer + column * columnStride).loadUnaligned(as: SIMD4<Float>.self)
  }
}
