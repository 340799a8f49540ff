import Foundation
import PlainText

/// Figures as SVG, whose texts stay text.
package enum SVGDrawing {
  private static let margin = 16.0

  /// A file that needs no other: the charts of a figure side by side.
  package static func file(_ figure: Figure) -> Data {
    let width = Double(figure.width) / Double(figure.charts.count) - margin
    let drawn = figure.charts.map { draw($0, width: width, height: Double(figure.height)) }
    let height = drawn.map(\.height).max() ?? 0
    let parts = drawn.enumerated().map { index, drawing in
      let x = margin / 2 + Double(index) * (width + margin)
      return "<g transform=\"translate(\(Int(x)) \(Int(margin / 2)))\">\n\(drawing.elements)</g>\n"
    }
    let size = (figure.width, Int((height + margin).rounded(.up)))
    return Data(
      """
      <svg xmlns="http://www.w3.org/2000/svg" class="chart" width="\(size.0)" height="\(size.1)" \
      viewBox="0 0 \(size.0) \(size.1)">
      <style>
      \(ChartStyle.css)
      </style>
      <rect class="ground" width="100%" height="100%"/>
      \(parts.joined())</svg>

      """.utf8)
  }

  /// Each chart as elements of a page that has `ChartStyle.css`: for narrow, middle and wide
  /// windows one each, so that texts keep their size. The page shows the class that fits.
  package static func inline(_ figure: Figure) -> [String] {
    figure.charts.map { chart in
      sizes(of: chart, isAlone: figure.charts.count == 1).map { name, size in
        let drawing = draw(chart, width: size.width, height: size.height)
        let (width, height) = (Int(drawing.width), Int(drawing.height.rounded(.up)))
        return """
          <svg class="chart \(name)" role="img" aria-label="\(markupEscaped(chart.title))" \
          width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)">
          \(drawing.elements)</svg>

          """
      }.joined()
    }
  }

  private typealias Size = (width: Double, height: Double)

  private static func sizes(of chart: Chart, isAlone: Bool) -> [(name: String, size: Size)] {
    let narrow = ("narrow", Size(324, 280))
    switch chart {
    case .heatMap: return [narrow, ("middle wide", Size(560, 0))]
    case .plot where isAlone:
      return [narrow, ("middle", Size(620, 340)), ("wide", Size(930, 380))]
    case .plot: return [narrow, ("middle wide", Size(456, 330))]
    }
  }

  typealias Drawing = (elements: String, width: Double, height: Double)

  private static func draw(_ chart: Chart, width: Double, height: Double) -> Drawing {
    switch chart {
    case .plot(let plot): PlotDrawing(plot, width: width, height: height).drawing
    case .heatMap(let map): HeatMapDrawing(map, width: min(width, 560)).drawing
    }
  }
}

extension Chart {
  fileprivate var title: String {
    switch self {
    case .plot(let plot): plot.title
    case .heatMap(let map): map.title
    }
  }
}
