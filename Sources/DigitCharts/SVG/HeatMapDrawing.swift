/// A heat map in SVG: square cells under their columns' names, and the scale below.
struct HeatMapDrawing {
  private let map: HeatMap
  private let width: Double
  private let cell: Double
  private let hottest: Double
  private static let (left, top, below) = (44.0, 62.0, 52.0)

  init(_ map: HeatMap, width: Double) {
    (self.map, self.width) = (map, width)
    cell = (width - Self.left) / Double(max(map.columnNames.count, 1))
    hottest = max(map.cells.joined().compactMap(\.heat).max() ?? 0, 1)
  }

  var drawing: SVGDrawing.Drawing {
    var canvas = SVGCanvas()
    for (line, text) in fitted(map.title).enumerated() {
      canvas.text(text, at: (0, 14 + 17 * Double(line)), .start, class: "title")
    }
    canvas.text(
      "\(map.yTitle) ↓   \(map.xTitle) →", at: (width, Self.top - 24), .end, class: "quiet small")
    for (column, name) in map.columnNames.enumerated() {
      let x = Self.left + (Double(column) + 0.5) * cell
      canvas.text(name, at: (x, Self.top - 6), .middle, class: "quiet")
    }
    for (row, name) in map.rowNames.enumerated() {
      let y = Self.top + (Double(row) + 0.5) * cell
      canvas.text(name, at: (Self.left - 10, y + 4), .end, class: "quiet")
      for (column, value) in map.cells[row].enumerated() { add(value, row, column, to: &canvas) }
    }
    let bottom = Self.top + cell * Double(map.rowNames.count)
    addScale(at: bottom + 12, to: &canvas)
    return (canvas.elements, width, bottom + Self.below)
  }

  /// The title in two lines where it is too long for one: it breaks after a colon.
  private func fitted(_ title: String) -> [String] {
    let parts = title.split(separator: ":", maxSplits: 1).map(String.init)
    guard SVGCanvas.width(of: title) > width, parts.count == 2 else { return [title] }
    return [parts[0], String(parts[1].drop { $0 == " " })]
  }

  private func add(_ value: HeatMap.Cell, _ row: Int, _ column: Int, to canvas: inout SVGCanvas) {
    let corner = (Self.left + Double(column) * cell, Self.top + Double(row) * cell)
    let heat = value.heat.map { $0 / hottest } ?? 0
    canvas.rectangle(
      (corner.0 + 0.5, corner.1 + 0.5), width: cell - 1, height: cell - 1, class: "cold",
      opacity: value.heat == nil ? 1 : 0.35)
    if heat > 0 {
      canvas.rectangle(
        (corner.0 + 0.5, corner.1 + 0.5), width: cell - 1, height: cell - 1, class: "hot",
        opacity: opacity(heat))
    }
    canvas.text(
      value.text, at: (corner.0 + cell / 2, corner.1 + cell / 2 + 4), .middle,
      class: opacity(heat) > 0.6 ? "small on-hot" : "small")
  }

  /// Most counts are few: the first steps are the widest.
  private func opacity(_ heat: Double) -> Double { heat > 0 ? 0.12 + 0.88 * heat.squareRoot() : 0 }

  private func addScale(at y: Double, to canvas: inout SVGCanvas) {
    let steps = 5
    for step in 0..<steps {
      canvas.rectangle(
        (Self.left + 18 * Double(step), y), width: 18, height: 10, class: "hot",
        opacity: opacity(Double(step + 1) / Double(steps)))
    }
    canvas.text("0", at: (Self.left - 8, y + 9), .end, class: "quiet small")
    canvas.text(
      "\(Int(hottest)) \(map.scaleTitle)", at: (Self.left + 98, y + 9), .start,
      class: "quiet small")
  }
}
