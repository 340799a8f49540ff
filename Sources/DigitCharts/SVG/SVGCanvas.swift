import PlainText

/// Elements of SVG, one after another. Coordinates are pixels; colours are classes, which
/// `ChartStyle` gives their values.
struct SVGCanvas {
  private(set) var elements = ""

  enum Anchor: String { case start, middle, end }

  mutating func line(_ from: (Double, Double), _ to: (Double, Double), class name: String) {
    elements +=
      "<line class=\"\(name)\" x1=\"\(number(from.0))\" y1=\"\(number(from.1))\" "
      + "x2=\"\(number(to.0))\" y2=\"\(number(to.1))\"/>\n"
  }

  mutating func polyline(_ points: [(Double, Double)], class name: String) {
    let places = points.map { "\(number($0.0)),\(number($0.1))" }.joined(separator: " ")
    elements += "<polyline class=\"\(name)\" points=\"\(places)\"/>\n"
  }

  mutating func circle(_ centre: (Double, Double), radius: Double, class name: String) {
    elements +=
      "<circle class=\"\(name)\" cx=\"\(number(centre.0))\" cy=\"\(number(centre.1))\" "
      + "r=\"\(number(radius))\"/>\n"
  }

  /// - Parameter opacity: 0…1, of the fill.
  mutating func rectangle(
    _ corner: (Double, Double), width: Double, height: Double, class name: String,
    opacity: Double = 1
  ) {
    let fill = opacity < 1 ? " fill-opacity=\"\(fixed(opacity, 2))\"" : ""
    elements +=
      "<rect class=\"\(name)\" x=\"\(number(corner.0))\" y=\"\(number(corner.1))\" "
      + "width=\"\(number(width))\" height=\"\(number(height))\"\(fill)/>\n"
  }

  mutating func text(
    _ text: String, at place: (Double, Double), _ anchor: Anchor, class name: String
  ) {
    elements +=
      "<text class=\"\(name)\" x=\"\(number(place.0))\" y=\"\(number(place.1))\" "
      + "text-anchor=\"\(anchor.rawValue)\">\(markupEscaped(text))</text>\n"
  }

  private func number(_ value: Double) -> String {
    let text = fixed(value, 1)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// About how wide a text of 12 pixels is: no font is at hand to ask.
  static func width(of text: String) -> Double { 7.2 * Double(text.count) }
}
