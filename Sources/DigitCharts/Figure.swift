/// A picture of one or more charts side by side: what to draw, in numbers and words.
package struct Figure: Equatable, Sendable {
  package var charts: [Chart]
  /// In points: an SVG file has as many pixels, a PNG twice as many. In a page a chart is as large
  /// as fits.
  package var width: Int
  package var height: Int

  package init(_ charts: [Chart], width: Int, height: Int) {
    self.charts = charts
    self.width = width
    self.height = height
  }
}

package enum Chart: Equatable, Sendable {
  case plot(Plot)
  case heatMap(HeatMap)
}

/// Colours that people with any colour vision tell apart (M. Okabe and K. Ito, "Color Universal
/// Design", 2008).
package enum Colour: String, CaseIterable, Sendable {
  case blue = "#0072b2"
  case orange = "#d55e00"
  case green = "#009e73"
  case yellow = "#e69f00"
  case grey = "#8a8f98"
  /// Of bounds, and of nothing else.
  case red = "#c22f1f"
}
