import DigitCharts
import FileAccess
import Foundation

/// A folder with a report: an HTML page, its pictures, and its figures as JSON.
package struct Report {
  /// What was done: "evaluation".
  package var kind: String
  /// To what: "cnn-28 version 1".
  package var title: String
  /// What it comes to, where something was asked for.
  package var verdict: Verdict?
  /// The one figure that matters most.
  package var headline: String
  package var origin: Origin
  package var sections: [Section]
  /// Beside the charts.
  package var pictures: [Picture]
  /// The content of `report.json`.
  package var json: Data

  package init(
    kind: String, title: String, verdict: Verdict?, headline: String, origin: Origin,
    sections: [Section], pictures: [Picture] = [], json: Data
  ) {
    self.kind = kind
    self.title = title
    self.verdict = verdict
    self.headline = headline
    self.origin = origin
    self.sections = sections
    self.pictures = pictures
    self.json = json
  }

  /// What stands under one heading of the page.
  package struct Section {
    package var title: String
    package var parts: [Part]

    package init(_ title: String, _ parts: [Part]) {
      self.title = title
      self.parts = parts
    }
  }

  package enum Part {
    case paragraph(String)
    /// Rows of a name and a value.
    case facts([[String]])
    /// Rows of figures under their names.
    case table(names: [String], rows: [[String]])
    case chart(Chart)
    /// HTML as it stands.
    case markup(String)
  }

  /// A figure and the name of its files.
  package struct Chart {
    package var name: String
    package var figure: Figure

    package init(_ name: String, _ figure: Figure) {
      self.name = name
      self.figure = figure
    }
  }

  /// A picture file; without content it is one that this report does without.
  package struct Picture {
    package var name: String
    package var content: Data?

    package init(_ name: String, _ content: Data?) {
      self.name = name
      self.content = content
    }
  }
}

extension Report {
  /// The page alone.
  package var html: Data { Data(Page(report: self).html.utf8) }

  /// Writes the folder with what gnuplot there is; `warn` is called where there is none.
  package func write(to folder: String, warn: (String) -> Void) throws {
    let gnuplot = Gnuplot.find()
    if case .failure(let error) = gnuplot { warn("the report has no PNG charts: \(error)") }
    try write(to: folder, gnuplot: gnuplot)
  }

  /// Writes `report.html`, `report.json`, the pictures, each chart as `.svg` and, where gnuplot is
  /// there, as `.png`; each under another name first. Of an earlier report of its kind it leaves
  /// no picture behind.
  /// - Parameter gnuplot: gnuplot, or why there is none.
  /// - Throws: `FileError`; `ChartError` where gnuplot is there and fails.
  package func write(to folder: String, gnuplot: Result<Gnuplot, ChartError>) throws {
    try createFolder(folder)
    var files = pictures
    for chart in charts {
      files += [
        Picture("\(chart.name).svg", SVGDrawing.file(chart.figure)),
        Picture("\(chart.name).png", try (try? gnuplot.get())?.draw(chart.figure)),
      ]
    }
    // The page last: what it speaks of is there.
    files += [Picture("report.json", json), Picture("report.html", html)]
    for file in files {
      let path = "\(folder)/\(file.name)"
      if let content = file.content {
        try OutputFile(path).write(content)
      } else {
        try? FileManager.default.removeItem(atPath: path)
      }
    }
  }

  private var charts: [Chart] {
    sections.flatMap(\.parts).compactMap { part in
      if case .chart(let chart) = part { chart } else { nil }
    }
  }
}
