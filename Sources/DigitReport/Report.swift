import DigitCharts
import FileAccess
import Foundation

/// A folder with a report: an HTML page, its pictures, and its figures as JSON.
package struct Report {
  /// What was done: "evaluation".
  package var kind: String
  /// To what: "cnn-28 version 1".
  package var title: String
  /// The one figure that matters most.
  package var headline: String
  package var sections: [Section]
  /// Beside the charts.
  package var pictures: [Picture]
  /// The content of `report.json`.
  package var json: Data

  package init(
    kind: String, title: String, headline: String, sections: [Section], pictures: [Picture] = [],
    json: Data
  ) {
    self.kind = kind
    self.title = title
    self.headline = headline
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
    /// Shown instead of the chart where there is no gnuplot.
    package var substitute: [Part]

    package init(_ name: String, _ figure: Figure, substitute: [Part] = []) {
      self.name = name
      self.figure = figure
      self.substitute = substitute
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
  /// Writes the folder with what gnuplot there is; `warn` is called where there is none.
  package func write(to folder: String, warn: (String) -> Void) throws {
    let gnuplot = Gnuplot.find()
    if case .failure(let error) = gnuplot { warn("the report has no charts: \(error)") }
    try write(to: folder, gnuplot: gnuplot)
  }

  /// Writes `report.html`, `report.json`, the pictures and, where gnuplot is there, each chart as
  /// `.png` and `.svg`; each under another name first. Of an earlier report of its kind it leaves
  /// no picture behind.
  /// - Parameter gnuplot: gnuplot, or why there is none.
  /// - Throws: `FileError`; `ChartError` where gnuplot is there and fails.
  package func write(to folder: String, gnuplot: Result<Gnuplot, ChartError>) throws {
    try createFolder(folder)
    let drawn = try draw(gnuplot)
    let page = Page(report: self, drawings: drawn)
    var files = pictures
    for chart in charts {
      files += PictureFormat.allCases.map { format in
        Picture("\(chart.name).\(format.rawValue)", drawn[chart.name]?[format])
      }
    }
    // The page last: what it speaks of is there.
    files += [
      Picture("report.json", json), Picture("report.html", Data(page.html.utf8)),
    ]
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

  /// The charts by their names; none where there is no gnuplot.
  private func draw(
    _ gnuplot: Result<Gnuplot, ChartError>
  ) throws -> [String: [PictureFormat: Data]] {
    guard case .success(let gnuplot) = gnuplot else { return [:] }
    var drawn: [String: [PictureFormat: Data]] = [:]
    for chart in charts {
      for format in PictureFormat.allCases {
        drawn[chart.name, default: [:]][format] = try gnuplot.draw(chart.figure, as: format)
      }
    }
    return drawn
  }
}
