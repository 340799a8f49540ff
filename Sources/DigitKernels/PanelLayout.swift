/// How a right-hand matrix (depth × columns: a layer's weights) is packed for `multiplyRows`.
///
///     [panel 0: depth × 2 vectors][panel 1: depth × 2 vectors]…[last panel]
///
/// A panel holds two vectors of columns for every k, so that the kernel reads it in one sweep.
/// The last panel is one vector wide where that is enough, and is filled up with zeros.
package struct PanelLayout: Equatable, Sendable {
  /// Floats in a vector register.
  package let vectorWidth: Int

  package var panelWidth: Int { 2 * vectorWidth }

  /// Floats from one panel to the next.
  package func panelStride(depth: Int) -> Int { depth * panelWidth }

  /// Floats that `pack` writes, at most.
  package func floatCount(depth: Int, columns: Int) -> Int {
    panelStride(depth: depth) * ((columns + panelWidth - 1) / panelWidth)
  }

  /// `columns` rounded up to whole panels: the length of a bias that `multiplyRows` reads.
  package func paddedColumnCount(_ columns: Int) -> Int {
    (columns + panelWidth - 1) / panelWidth * panelWidth
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

  /// Column by column in short stretches of k, so that the lines written stay in the cache.
  private func packColumns(
    of source: MatrixView, depth: Int, count: Int, width: Int,
    into panel: UnsafeMutablePointer<Float>
  ) {
    let stretch = 16
    for firstK in stride(from: 0, to: depth, by: stretch) {
      let ks = firstK..<min(depth, firstK + stretch)
      for column in 0..<width {
        let from = source.pointer + column * source.columnStride
        for k in ks {
          panel[k * width + column] = column < count ? from[k * source.rowStride] : 0
        }
      }
    }
  }
}
