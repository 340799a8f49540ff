/// A plot in SVG. From top to bottom: title, key, title of the y axis, the field with its marks on
/// the left, marks and title of the x axis.
struct PlotDrawing {
  private let plot: Plot
  private let width: Double
  private let height: Double
  private let x: AxisScale
  private let y: AxisScale
  private var canvas = SVGCanvas()
  /// The field in which points lie.
  private var (left, right, top, bottom) = (0.0, 0.0, 0.0, 0.0)

  init(_ plot: Plot, width: Double, height: Double) {
    (self.plot, self.width, self.height) = (plot, width, height)
    let points = plot.series.flatMap(\.points)
    let bound = plot.bound.map { [$0.value] } ?? []
    x = AxisScale(plot.x, values: points.map(\.x), tickCountMax: width < 400 ? 5 : 10)
    y = AxisScale(plot.y, values: points.map(\.y) + bound, tickCountMax: 8)
  }

  var drawing: SVGDrawing.Drawing {
    var copy = self
    copy.draw()
    return (copy.canvas.elements, width, height)
  }

  private mutating func draw() {
    canvas.text(plot.title, at: (0, 14), .start, class: "title")
    top = key(below: 34) + 14
    canvas.text(plot.y.title, at: (0, top - 10), .start, class: "quiet")
    left = (y.ticks.map { SVGCanvas.width(of: $0.text) }.max() ?? 0) + 8
    // Half of the last mark's text stands beyond the field.
    right = width - max(8, (x.ticks.last.map { SVGCanvas.width(of: $0.text) } ?? 0) / 2)
    bottom = height - 40
    marks()
    for series in plot.series { draw(series) }
    bound()
    for series in plot.series { labels(of: series) }
    canvas.text(
      plot.x.title, at: ((left + right) / 2, height - 6), .middle, class: "quiet")
  }

  /// - Returns: the baseline of the line after the key.
  private mutating func key(below first: Double) -> Double {
    var (x, line) = (0.0, first)
    let named = plot.series.filter { $0.name != nil && !$0.points.isEmpty }
    for series in named {
      let text = series.name ?? ""
      let entry = 24 + SVGCanvas.width(of: text)
      if x > 0, x + entry > width { (x, line) = (0, line + 18) }
      sample(of: series, at: (x, line - 4))
      canvas.text(text, at: (x + 22, line), .start, class: "key")
      x += entry + 14
    }
    return named.isEmpty ? first : line + 18
  }

  private mutating func sample(of series: Plot.Series, at place: (x: Double, y: Double)) {
    let (middle, ends) = ((place.x + 8, place.y), [place, (place.x + 16, place.y)])
    switch series.style {
    case .line: canvas.polyline(ends, class: "wide-line \(series.colour)")
    case .markedLine:
      canvas.polyline(ends, class: "wide-line \(series.colour)")
      canvas.circle(middle, radius: 3, class: "\(series.colour)-fill")
    case .marks: canvas.circle(middle, radius: 4, class: "hollow \(series.colour)")
    case .guide: canvas.polyline(ends, class: "dashed \(series.colour)")
    case .bars:
      canvas.rectangle(
        (place.x + 2, place.y - 5), width: 12, height: 10, class: "\(series.colour)-fill")
    }
  }

  private mutating func marks() {
    for tick in y.ticks {
      let place = self.place(x.lower, tick.value)
      canvas.line((left, place.y), (right, place.y), class: "grid")
      canvas.text(tick.text, at: (left - 6, place.y + 4), .end, class: "quiet")
    }
    var taken = -Double.infinity
    for tick in x.ticks {
      let place = self.place(tick.value, y.lower)
      let half = SVGCanvas.width(of: tick.text) / 2
      canvas.line((place.x, bottom), (place.x, bottom + 4), class: "axis")
      // A text that would touch the one before is left out; its mark stands.
      guard place.x - half > taken + 6 else { continue }
      canvas.text(tick.text, at: (place.x, bottom + 17), .middle, class: "quiet")
      taken = place.x + half
    }
    canvas.line((left, bottom), (right, bottom), class: "axis")
  }

  private mutating func draw(_ series: Plot.Series) {
    let colour = "\(series.colour)"
    switch series.style {
    case .bars(let barWidth):
      for point in series.points {
        let (from, to) = (
          place(point.x - barWidth / 2, point.y), place(point.x + barWidth / 2, y.lower)
        )
        canvas.rectangle(from, width: to.x - from.x, height: to.y - from.y, class: "\(colour)-fill")
      }
    case .marks:
      for point in series.points {
        canvas.circle(place(point.x, point.y), radius: 4, class: "hollow \(colour)")
      }
    case .line, .markedLine, .guide:
      let isMarked = series.style == .markedLine
      for stretch in series.stretches {
        let places = stretch.map { place($0.x, $0.y) }
        if places.count > 1 {
          let look = series.style == .guide ? "dashed" : "wide-line"
          canvas.polyline(places, class: "\(look) \(colour)")
        }
        guard isMarked || places.count == 1 else { continue }
        for place in places { canvas.circle(place, radius: 3, class: "\(colour)-fill") }
      }
    }
  }

  /// The line that must not be crossed, with its name at the right end.
  private mutating func bound() {
    guard let bound = plot.bound else { return }
    let y = place(x.lower, bound.value).y
    canvas.line((left, y), (right, y), class: "dashed red")
    // Beneath the line where there is no room above it.
    canvas.text(
      bound.text, at: (right, y - 5 < top + 8 ? y + 14 : y - 5), .end, class: "label red-fill")
  }

  /// The names of points, above them; one that would touch another is left out.
  private mutating func labels(of series: Plot.Series) {
    var taken: [(x: ClosedRange<Double>, y: Double)] = []
    for point in series.points {
      guard let label = point.label else { continue }
      let place = self.place(point.x, point.y)
      let half = SVGCanvas.width(of: label) / 2
      let middle = min(max(place.x, left + half), right - half)
      let span = (middle - half)...(middle + half)
      guard !taken.contains(where: { $0.x.overlaps(span) && abs($0.y - place.y) < 13 }) else {
        continue
      }
      taken.append((span, place.y))
      canvas.text(label, at: (middle, place.y - 8), .middle, class: "label")
    }
  }

  private func place(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
    (
      left + self.x.position(x) * (right - left),
      bottom - self.y.position(y) * (bottom - top)
    )
  }
}
