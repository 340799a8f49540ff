import DigitCharts
import Foundation

/// A report as one HTML file that needs no other.
struct Page {
  let report: Report
  /// The charts that were drawn, by their names.
  let drawings: [String: [PictureFormat: Data]]

  var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(htmlEscaped(report.title)): \(htmlEscaped(report.kind))</title>
    <style>
    \(Self.style)
    </style>
    </head>
    <body>
    <header>
    <p class="kind">Digits: \(htmlEscaped(report.kind))</p>
    <h1>\(htmlEscaped(report.title))</h1>
    <p class="headline">\(htmlEscaped(report.headline))</p>
    </header>
    \(report.sections.map(html).joined(separator: "\n"))
    </body>
    </html>

    """
  }

  private func html(_ section: Report.Section) -> String {
    "<section>\n<h2>\(htmlEscaped(section.title))</h2>\n"
      + "\(section.parts.map(html).joined())</section>"
  }

  private func html(_ part: Report.Part) -> String {
    switch part {
    case .paragraph(let text): "<p>\(htmlEscaped(text))</p>\n"
    case .facts(let rows): htmlTable(names: [], rows: rows, style: "facts")
    case .table(let names, let rows): htmlTable(names: names, rows: rows, style: "figures")
    case .chart(let chart): html(chart)
    case .markup(let html): html
    }
  }

  private func html(_ chart: Report.Chart) -> String {
    guard let svg = drawings[chart.name]?[.svg] else {
      return "<p class=\"missing\">No chart: gnuplot is not installed "
        + "(<code>apt-get install gnuplot-nox</code>).</p>\n"
        + chart.substitute.map(html).joined()
    }
    return image(
      svg, type: "svg+xml", description: "\(chart.name) chart", style: "chart \(chart.name)")
      + "\n"
  }

  private static let style = """
    body { font: 16px/1.5 system-ui, sans-serif; color: #30343b; max-width: 60rem;
      margin: 2rem auto; padding: 0 1rem; }
    header { border-bottom: 3px solid #0072b2; margin-bottom: 2rem; }
    h1 { margin: 0; } h2 { margin-top: 2.5rem; }
    .kind { margin: 0; color: #747a84; }
    .headline { font-size: 2.5rem; font-weight: 600; color: #0072b2; margin: 0 0 .5rem; }
    .chart { width: 100%; max-width: 56rem; height: auto; display: block; }
    .confusion { max-width: 40rem; }
    .missing { color: #c23b12; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    td, th { padding: .25rem .9rem .25rem 0; border-bottom: 1px solid #e3e6ea; }
    .facts td:first-child { color: #747a84; }
    .figures td, .figures th { text-align: right; }
    .digits { display: flex; flex-wrap: wrap; gap: 1rem; }
    figure { margin: 0; text-align: center; font-size: .85rem; line-height: 1.35; }
    .digit { width: 112px; height: 112px; image-rendering: pixelated;
      border: 1px solid #e3e6ea; }
    figcaption b { color: #c23b12; } figcaption span { color: #747a84; }
    """
}
