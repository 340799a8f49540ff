/// Weights that are packed in panels of two vectors of columns; the last one is a single vector
/// wide where that is enough.
package protocol ColumnPanels {
  /// Columns of a vector register.
  var vectorWidth: Int { get }
}

extension ColumnPanels {
  package var panelWidth: Int { 2 * vectorWidth }

  /// `columns` rounded up to whole panels: the length of a bias or of scales.
  package func paddedColumnCount(_ columns: Int) -> Int {
    (columns + panelWidth - 1) / panelWidth * panelWidth
  }

  /// `columns` rounded up to whole vectors: a product of as many takes no longer.
  package func columnCountInVectors(_ columns: Int) -> Int {
    (columns + vectorWidth - 1) / vectorWidth * vectorWidth
  }
}
