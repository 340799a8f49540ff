/// The look of charts on light and on dark ground, as CSS: for an SVG file of its own, and for a
/// page with charts in it.
package enum ChartStyle {
  package static let css = """
    .chart text { font: 12px Inter, ui-sans-serif, system-ui, sans-serif;
      font-variant-numeric: tabular-nums; }
    .chart .title { font-size: 14px; font-weight: 600; }
    .chart .small { font-size: 11px; }
    .chart .wide-line { fill: none; stroke-width: 2; stroke-linejoin: round; }
    .chart .dashed { fill: none; stroke-width: 1.5; stroke-dasharray: 5 4; }
    .chart .hollow { fill: none; stroke-width: 1.5; }
    .chart .label { font-size: 11px; paint-order: stroke; stroke-width: 3px; }
    .chart .axis, .chart .grid { stroke-width: 1; }
    \(rules(light))
    @media (prefers-color-scheme: dark) {
    \(rules(dark))
    }
    @media print {
    \(rules(light))
    }
    """

  /// The colours of a ground and of what is drawn on it.
  private struct Palette {
    let ground, ink, quiet, grid, cold, hot, onHot: String
    let series: [Colour: String]
  }

  private static let light = Palette(
    ground: "#ffffff", ink: "#17181c", quiet: "#5c5e66", grid: "#e6e4dc", cold: "#e3e8ff",
    hot: "#b3261e", onHot: "#ffffff",
    series: Dictionary(uniqueKeysWithValues: Colour.allCases.map { ($0, $0.rawValue) }))

  private static let dark = Palette(
    ground: "#191a1f", ink: "#ededf0", quiet: "#a2a5ae", grid: "#2c2e35", cold: "#262d4d",
    hot: "#ff7a6b", onHot: "#101114",
    series: [
      .blue: "#5ab2f5", .orange: "#ff9a57", .green: "#3ccf9b", .yellow: "#f1c353",
      .grey: "#98a2b0", .red: "#ff7a6b",
    ])

  private static func rules(_ palette: Palette) -> String {
    let fixed = """
      .chart .ground { fill: \(palette.ground); }
      .chart text { fill: \(palette.ink); } .chart .quiet { fill: \(palette.quiet); }
      .chart .axis { stroke: \(palette.quiet); } .chart .grid { stroke: \(palette.grid); }
      .chart .cold { fill: \(palette.cold); } .chart .hot { fill: \(palette.hot); }
      .chart .on-hot { fill: \(palette.onHot); } .chart .label { stroke: \(palette.ground); }
      """
    let series = Colour.allCases.map { colour in
      let value = palette.series[colour] ?? palette.ink
      return ".chart .\(colour) { stroke: \(value); } .chart .\(colour)-fill { fill: \(value); }"
    }
    return ([fixed] + series).joined(separator: "\n")
  }
}
