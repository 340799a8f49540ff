import PlainText

/// A figure in gnuplot's language, to be drawn as PNG.
package struct GnuplotScript {
  package private(set) var text = ""

  /// Ink of axes, titles and marks, and of the grid behind them.
  static let (ink, paleInk) = ("#30343b", "#e3e6ea")

  package init(_ figure: Figure) {
    add("set encoding utf8", Self.terminal(figure))
    add("set multiplot layout 1,\(figure.charts.count)")
    for chart in figure.charts {
      add("reset")
      addFrame()
      switch chart {
      case .plot(let plot): add(plot, keyLineCount: figure.keyLineCount)
      case .heatMap(let map): add(map)
      }
    }
    add("unset multiplot")
  }

  private static func terminal(_ figure: Figure) -> String {
    "set terminal pngcairo noenhanced size \(2 * figure.width),\(2 * figure.height) "
      + "font 'sans,11' fontscale 2 linewidth 2 pointscale 2 background '#ffffff'"
  }

  mutating func add(_ lines: String...) { text += lines.map { $0 + "\n" }.joined() }

  private mutating func addFrame() {
    add(
      "set border 3 linecolor rgb '\(Self.ink)'",
      "set tics nomirror out scale 0.6 textcolor rgb '\(Self.ink)'",
      "set grid linecolor rgb '\(Self.paleInk)' linetype 1",
      "set key noautotitle textcolor rgb '\(Self.ink)'")
  }

  mutating func addTitles(_ title: String, x: String, y: String) {
    let colour = "textcolor rgb '\(Self.ink)'"
    add(
      "set title \(Self.quoted(title)) \(colour)", "set xlabel \(Self.quoted(x)) \(colour)",
      "set ylabel \(Self.quoted(y)) \(colour)")
  }

  /// A text that gnuplot takes as it is: between single quotes only a quote itself needs care.
  /// A line end would end the command, a control character spoil an SVG file: both are escaped.
  static func quoted(_ text: String) -> String {
    // By scalars: a quote with an accent on it is one Character, and still ends the text.
    let line = text.escaped.unicodeScalars.map { $0 == "'" ? "''" : String($0) }
    return "'\(line.joined())'"
  }
}

extension Figure {
  /// The lines of its longest key: plots side by side leave the same room below.
  fileprivate var keyLineCount: Int {
    let counts = charts.map { chart in
      switch chart {
      case .plot(let plot):
        plot.series.count { $0.name != nil && !$0.points.isEmpty } + (plot.bound == nil ? 0 : 1)
      case .heatMap: 0
      }
    }
    return counts.max() ?? 0
  }
}
