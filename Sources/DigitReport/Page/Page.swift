import DigitCharts
import DigitEvaluation
import DigitFiles
import DigitImage
import Foundation
import PlainText

/// A report as one HTML file that needs no other.
struct Page {
  let report: Report
  let charts: [Report.DrawnChart]
  let mistakes: [Mistake]

  var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(escaped(report.title)): evaluation</title>
    <style>
    \(Self.style)
    </style>
    </head>
    <body>
    <header>
    <p class="kind">Digits: evaluation</p>
    <h1>\(escaped(report.title))</h1>
    <p class="accuracy">\(percent(report.evaluation.accuracy))</p>
    </header>
    \(sections.joined(separator: "\n"))
    </body>
    </html>

    """
  }

  private var sections: [String] {
    [
      section("At a glance", htmlTable(names: [], rows: report.facts, style: "facts")),
      section(
        "Confusion",
        Self.confusionText + confusions + chart("confusion", orElse: confusionTable)),
      section("Digit by digit", Self.classText + classTable),
      section("The worst mistakes", Self.mistakeText + mistakeGrid),
      section("Calibration", Self.calibrationText + chart("calibration", orElse: "")),
    ]
  }

  private func section(_ title: String, _ content: String) -> String {
    "<section>\n<h2>\(escaped(title))</h2>\n\(content)</section>"
  }

  private func chart(_ name: String, orElse substitute: String) -> String {
    guard let svg = charts.first(where: { $0.name == name })?.pictures?[.svg] else {
      return "<p class=\"missing\">There is no chart here: gnuplot was not there to draw it "
        + "(<code>apt-get install gnuplot-nox</code>).</p>\n\(substitute)"
    }
    return image(svg, type: "svg+xml", description: "\(name) chart", style: "chart \(name)")
      + "\n"
  }

  /// The pairs that were confused most.
  private var confusions: String {
    let worst = ConfusionMatrix(report.evaluation).confusions.prefix(5).map { confusion in
      "\(confusion.truth) as \(confusion.label) (\(confusion.count))"
    }
    return worst.isEmpty ? "" : "<p>Most often misread: \(worst.joined(separator: ", ")).</p>\n"
  }

  private var confusionTable: String {
    let counts = ConfusionMatrix(report.evaluation).counts
    let rows = counts.enumerated().map { truth, row in ["\(truth)"] + row.map(String.init) }
    return htmlTable(
      names: ["true, read as"] + counts.indices.map(String.init), rows: rows, style: "figures")
  }

  private var classTable: String {
    let part = { (value: Double?) in value.map(percent) ?? "–" }
    let rows = ConfusionMatrix(report.evaluation).classes.map { score in
      [
        "\(score.label)", "\(score.imageCount)", part(score.precision), part(score.recall),
        part(score.f1),
      ]
    }
    return htmlTable(
      names: ["digit", "images", "precision", "recall", "F1"], rows: rows, style: "figures")
  }

  private var mistakeGrid: String {
    guard !mistakes.isEmpty else { return "<p>There are none.</p>\n" }
    let tiles = mistakes.map { mistake in
      let picture = GrayImage(
        width: report.images.columns, height: report.images.rows,
        pixels: report.images.image(mistake.index).map { 255 - $0 })
      let drawing = image(
        picture.png, type: "png", description: "image \(mistake.index)", style: "digit")
      return "<figure>\(drawing)<figcaption><b>\(mistake.truth)</b> read as "
        + "<b>\(mistake.label)</b><br>\(percent(Double(mistake.confidence))) sure<br>"
        + "<span>#\(mistake.index)</span></figcaption></figure>\n"
    }
    return "<div class=\"digits\">\n\(tiles.joined())</div>\n"
  }
}
