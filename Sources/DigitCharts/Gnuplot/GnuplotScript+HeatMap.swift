import PlainText

extension GnuplotScript {
  /// Paper to deep red. Most mistakes are few, so the first steps are the widest.
  private static let palette = "0 '#ffffff', 0.15 '#fde0d2', 0.5 '#f2845c', 1 '#a50f15'"
  /// The background of a cell without a value.
  private static let neutral = "#dfe8f1"

  mutating func add(_ map: HeatMap) {
    addTitles(map.title, x: map.xTitle, y: map.yTitle)
    let hottest = max(map.cells.joined().compactMap(\.heat).max() ?? 0, 1)
    add(
      "unset key", "unset grid", "set size ratio \(map.rowNames.count).0/\(map.columnNames.count)",
      "set border 0", "set tics scale 0", "set palette defined (\(Self.palette))",
      "set cbrange [0:\(hottest)]",
      "set cblabel \(Self.quoted(map.scaleTitle)) offset 1,0 textcolor rgb '\(Self.ink)'",
      "set colorbox noborder", "set cbtics out scale 0.6",
      "set xrange [-0.5:\(Double(map.columnNames.count) - 0.5)]",
      "set yrange [\(Double(map.rowNames.count) - 0.5):-0.5]",
      "set xtics (\(Self.marks(map.columnNames)))", "set ytics (\(Self.marks(map.rowNames)))",
      "set object 1 rectangle from graph 0,0 to graph 1,1 behind fillcolor rgb "
        + "'\(Self.neutral)' fillstyle solid noborder")
    // Heats are mostly counts, which have no halves.
    if hottest <= 10 { add("set cbtics 1") }
    addCells(map, hottest: hottest)
    addLines(map)
    add(
      "plot $heat using 1:2:3 with image pixels, "
        + "$texts using 1:2:3:4 with labels textcolor rgb variable")
  }

  private static func marks(_ names: [String]) -> String {
    names.enumerated().map { "\(quoted($1)) \($0)" }.joined(separator: ", ")
  }

  /// The colour of each cell, and its text in a contrasting colour.
  private mutating func addCells(_ map: HeatMap, hottest: Double) {
    add("$heat << END")
    for (row, cells) in map.cells.enumerated() {
      for (column, cell) in cells.enumerated() {
        add("\(column) \(row) \(cell.heat.map { "\($0)" } ?? "NaN")")
      }
    }
    add("END", "$texts << END")
    // A block without lines is an error.
    add("-1 -1 \"\" 0")
    for (row, cells) in map.cells.enumerated() {
      for (column, cell) in cells.enumerated() where !cell.text.isEmpty {
        let isDark = (cell.heat ?? 0) > 0.55 * hottest
        let text = cell.text.escaped.filter { $0 != "\"" && $0 != "\\" }
        add("\(column) \(row) \"\(text)\" \(isDark ? "0xffffff" : "0x30343b")")
      }
    }
    add("END")
  }

  /// Thin lines between the cells.
  private mutating func addLines(_ map: HeatMap) {
    let (right, bottom) = (
      Double(map.columnNames.count) - 0.5, Double(map.rowNames.count) - 0.5
    )
    let style = "nohead front linecolor rgb '#ffffff' linewidth 1"
    for column in 0...map.columnNames.count {
      let x = Double(column) - 0.5
      add("set arrow from \(x),-0.5 to \(x),\(bottom) \(style)")
    }
    for row in 0...map.rowNames.count {
      let y = Double(row) - 0.5
      add("set arrow from -0.5,\(y) to \(right),\(y) \(style)")
    }
  }
}
