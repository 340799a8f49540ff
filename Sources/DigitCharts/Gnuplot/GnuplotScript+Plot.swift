extension GnuplotScript {
  /// The key stands below, where no point can be; one name a line, for gnuplot takes texts to be
  /// wider than they are and would not set them side by side.
  mutating func add(_ plot: Plot, keyLineCount: Int) {
    addTitles(plot.title, x: plot.x.title, y: plot.y.title)
    add(
      // The last mark's text is wider than the axis.
      "set rmargin 4", "set bmargin \(3.6 + 1.3 * Double(keyLineCount))",
      "set key at graph 0.5, screen 0.02 bottom center vertical Left reverse samplen 3")
    add(plot.x, as: "x")
    add(plot.y, as: "y")
    for (index, series) in plot.series.enumerated() {
      add("$series\(index) << END")
      let stretches = series.stretches.map { points in
        points.map { "\($0.x) \($0.y)\n" }.joined()
      }
      // An empty line is where gnuplot lifts its pen.
      add(stretches.joined(separator: "\n") + "END")
    }
    addLabels(plot)
    let drawn = plot.series.enumerated().filter { !$0.element.points.isEmpty }
    guard !drawn.isEmpty else { return addEmptyFrame(plot) }
    let commands =
      drawn.map { command($0.element, "$series\($0.offset)") }
      + [plot.bound.map(command)].compactMap(\.self)
    add("plot " + commands.joined(separator: ", "))
  }

  private mutating func addLabels(_ plot: Plot) {
    for point in plot.series.flatMap(\.points) {
      guard let label = point.label else { continue }
      add(
        "set label \(Self.quoted(label)) at first \(point.x), first \(point.y) center "
          + "offset 0,0.8 textcolor rgb '\(Self.ink)'")
    }
  }

  /// A plot without points is no error, but gnuplot cannot choose the ranges of its axes.
  private mutating func addEmptyFrame(_ plot: Plot) {
    for (axis, name) in [(plot.x, "x"), (plot.y, "y")] {
      let start = axis.minimum ?? min(1, (axis.maximum ?? 10) / 10)
      add("set \(name)range [\(start):\(axis.maximum ?? start + 9)]")
    }
    add("plot NaN notitle")
  }

  private mutating func add(_ axis: Plot.Axis, as name: String) {
    let end = { (value: Double?) in value.map { "\($0)" } ?? "*" }
    add("set \(name)range [\(end(axis.minimum)):\(end(axis.maximum))]")
    if axis.isLogarithmic { add("set logscale \(name)", "set format \(name) '%g'") }
    if let step = axis.step { add("set \(name)tics \(step)") }
    if !axis.marks.isEmpty {
      // The text of a mark is a format, in which a percent sign stands for itself when doubled.
      let marks = axis.marks.map { mark in
        "\(Self.quoted(mark.text.replacing("%", with: "%%"))) \(mark.value)"
      }
      add("set \(name)tics (\(marks.joined(separator: ", ")))")
    }
  }

  /// As a function of x, so that the axis of y is long enough for it.
  private func command(_ bound: Plot.Mark) -> String {
    "\(bound.value) with lines dashtype 2 linewidth 2 linecolor rgb '\(Colour.red.rawValue)' "
      + "title \(Self.quoted(bound.text))"
  }

  private func command(_ series: Plot.Series, _ data: String) -> String {
    let title = series.name.map { "title \(Self.quoted($0))" } ?? "notitle"
    let colour = "rgb '\(series.colour.rawValue)'"
    switch series.style {
    case .line:
      return "\(data) with lines linewidth 2 linecolor \(colour) \(title)"
    case .markedLine:
      return "\(data) with linespoints linewidth 2 pointtype 7 pointsize 0.5 "
        + "linecolor \(colour) \(title)"
    case .marks:
      return "\(data) with points pointtype 6 pointsize 0.7 linecolor \(colour) \(title)"
    case .guide:
      return "\(data) with lines dashtype 2 linewidth 2 linecolor \(colour) \(title)"
    case .bars(let width):
      return "\(data) using 1:2:(\(width)) with boxes fillstyle solid 0.8 noborder "
        + "linecolor \(colour) \(title)"
    }
  }
}
