import DigitCharts
import Foundation
import PlainText

/// A report as one HTML file that needs no other.
struct Page {
  let report: Report

  var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(markupEscaped(report.title)): \(markupEscaped(report.kind))</title>
    <style>
    \(PageStyle.css)
    </style>
    </head>
    <body>
    <header>
    <p class="kind"><b>Digits</b> \(markupEscaped(report.kind))</p>
    <h1>\(markupEscaped(report.title))</h1>
    \(report.verdict.map(html) ?? "")<p class="headline">\(markupEscaped(report.headline))</p>
    \(htmlList(report.origin))</header>
    <main>
    \(report.sections.map(html).joined(separator: "\n"))
    </main>
    </body>
    </html>

    """
  }

  private func html(_ verdict: Verdict) -> String {
    "<p class=\"verdict \(verdict.outcome.rawValue)\"><b>\(markupEscaped(verdict.word))</b> "
      + "<span>\(markupEscaped(verdict.sentence))</span></p>\n"
  }

  private func html(_ section: Report.Section) -> String {
    "<section>\n<h2>\(markupEscaped(section.title))</h2>\n"
      + "\(section.parts.map(html).joined())</section>"
  }

  private func html(_ part: Report.Part) -> String {
    switch part {
    case .paragraph(let text): "<p>\(markupEscaped(text))</p>\n"
    case .facts(let rows): htmlList(rows, style: "facts")
    case .table(let names, let rows): htmlTable(names: names, rows: rows)
    case .chart(let chart):
      "<div class=\"charts\">\n\(SVGDrawing.inline(chart.figure).joined())</div>\n"
    case .markup(let html): html
    }
  }
}
