/// Series of points over two axes.
package struct Plot: Equatable, Sendable {
  package var title: String
  package var x: Axis
  package var y: Axis
  package var series: [Series]
  /// A level of y that must not be crossed.
  package var bound: Mark?

  package init(title: String, x: Axis, y: Axis, series: [Series], bound: Mark? = nil) {
    self.title = title
    self.x = x
    self.y = y
    self.series = series
    self.bound = bound
  }

  package struct Axis: Equatable, Sendable {
    /// With its unit: "latency, ms".
    package var title: String
    /// Chosen by the points where nil.
    package var minimum: Double?
    package var maximum: Double?
    package var isLogarithmic: Bool
    /// Between two marks; chosen by the range where nil.
    package var step: Double?
    /// Instead of marks at even steps.
    package var marks: [Mark]

    package init(
      _ title: String, minimum: Double? = nil, maximum: Double? = nil,
      isLogarithmic: Bool = false, step: Double? = nil, marks: [Mark] = []
    ) {
      self.title = title
      self.minimum = minimum
      self.maximum = maximum
      self.isLogarithmic = isLogarithmic
      self.step = step
      self.marks = marks
    }
  }

  /// A position on an axis and its label.
  package struct Mark: Equatable, Sendable {
    package var value: Double
    package var text: String

    package init(_ value: Double, _ text: String) {
      self.value = value
      self.text = text
    }
  }

  package struct Series: Equatable, Sendable {
    /// Nil for one that needs no name in the key.
    package var name: String?
    package var style: Style
    package var colour: Colour
    /// A line joins the points of a stretch and does not lead to the next.
    package var stretches: [[Point]]

    package var points: [Point] { Array(stretches.joined()) }

    /// - Parameter points: nil where the line has a gap.
    package init(_ name: String?, _ style: Style, _ colour: Colour, points: [Point?]) {
      self.name = name
      self.style = style
      self.colour = colour
      stretches = points.split(separator: nil).map { $0.compactMap(\.self) }
    }
  }

  package enum Style: Equatable, Sendable {
    case line
    /// A line with a mark at each point.
    case markedLine
    /// Hollow marks without a line.
    case marks
    /// A dashed line to compare with.
    case guide
    /// Bars from 0, so wide in units of x.
    case bars(width: Double)
  }

  /// Both must be finite.
  package struct Point: Equatable, Sendable {
    package var x: Double
    package var y: Double
    /// Stands beside the point.
    package var label: String?

    package init(_ x: Double, _ y: Double, label: String? = nil) {
      self.x = x
      self.y = y
      self.label = label
    }
  }
}
