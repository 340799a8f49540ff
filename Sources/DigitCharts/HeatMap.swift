/// A grid of cells, each with a text on a ground that is the deeper the hotter it is.
package struct HeatMap: Equatable, Sendable {
  package var title: String
  package var xTitle: String
  package var yTitle: String
  /// What the colours mean.
  package var scaleTitle: String
  package var columnNames: [String]
  package var rowNames: [String]
  /// rows × columns, the first row on top.
  package var cells: [[Cell]]

  package struct Cell: Equatable, Sendable {
    package var text: String
    /// From 0 on; nil for a cell that is not coloured by the scale.
    package var heat: Double?

    package init(_ text: String, heat: Double?) {
      self.text = text
      self.heat = heat
    }
  }

  /// - Precondition: as many rows and columns of cells as names.
  package init(
    title: String, xTitle: String, yTitle: String, scaleTitle: String, columnNames: [String],
    rowNames: [String], cells: [[Cell]]
  ) {
    precondition(cells.count == rowNames.count)
    precondition(cells.allSatisfy { $0.count == columnNames.count })
    self.title = title
    self.xTitle = xTitle
    self.yTitle = yTitle
    self.scaleTitle = scaleTitle
    self.columnNames = columnNames
    self.rowNames = rowNames
    self.cells = cells
  }
}
