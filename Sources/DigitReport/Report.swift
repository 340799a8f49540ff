import DigitCharts
import DigitEvaluation
import DigitFiles
import DigitImage
import Foundation

/// A folder that tells of one evaluation: a page to read, its pictures, and its figures as JSON.
package struct Report {
  /// What was evaluated: "cnn-28 version 1".
  package var title: String
  /// Rows of a name and a value, for the top of the page.
  package var facts: [[String]]
  package var evaluation: Evaluation
  /// The whole set: a mistake's index is a place in it.
  package var images: ImageSet
  /// The content of `report.json`.
  package var json: Data

  package init(
    title: String, facts: [[String]], evaluation: Evaluation, images: ImageSet, json: Data
  ) {
    self.title = title
    self.facts = facts
    self.evaluation = evaluation
    self.images = images
    self.json = json
  }

  private static let (mistakesShown, columnCount) = (40, 8)

  /// Writes the folder with what gnuplot there is; `warn` hears where there is none.
  package func write(to folder: String, warn: (String) -> Void) throws {
    let gnuplot = Gnuplot.find()
    if case .failure(let error) = gnuplot { warn("the report goes without charts: \(error)") }
    try write(to: folder, gnuplot: gnuplot)
  }

  /// Writes `report.html`, `report.json`, `mistakes.png` and, where gnuplot is there, `confusion`
  /// and `calibration` as `.png` and `.svg`; each under another name first. Of an earlier report
  /// it leaves no picture behind.
  /// - Parameter gnuplot: what draws the charts, or why nothing does.
  /// - Throws: `UnwritableFile`; `ChartError` where gnuplot is there and fails.
  package func write(to folder: String, gnuplot: Result<Gnuplot, ChartError>) throws {
    try createFolder(folder)
    let charts = try draw(gnuplot)
    let mistakes = Array(evaluation.mistakes.prefix(Self.mistakesShown))
    let sheet = DigitSheet(mistakes, of: images, columnCount: Self.columnCount)
    let page = Page(report: self, charts: charts, mistakes: mistakes)
    var files: [(name: String, content: Data?)] = [("mistakes.png", sheet?.picture.png)]
    files += charts.flatMap { chart in
      PictureFormat.allCases.map { ("\(chart.name).\($0.rawValue)", chart.pictures?[$0]) }
    }
    // The page last: what it speaks of is there.
    files += [("report.json", json), ("report.html", Data(page.html.utf8))]
    for (name, content) in files {
      let path = "\(folder)/\(name)"
      if let content {
        try writeAtomically(content, to: path)
      } else {
        try? FileManager.default.removeItem(atPath: path)
      }
    }
  }

  /// One chart of the report.
  struct DrawnChart {
    let name: String
    /// Nil where there is no gnuplot.
    let pictures: [PictureFormat: Data]?
  }

  private func draw(_ gnuplot: Result<Gnuplot, ChartError>) throws -> [DrawnChart] {
    let figures = [
      ("confusion", evaluation.confusionFigure), ("calibration", evaluation.calibrationFigure),
    ]
    return try figures.map { name, figure in
      guard case .success(let gnuplot) = gnuplot else {
        return DrawnChart(name: name, pictures: nil)
      }
      let pictures = try PictureFormat.allCases.map { format in
        (format, try gnuplot.draw(figure, as: format))
      }
      return DrawnChart(name: name, pictures: Dictionary(uniqueKeysWithValues: pictures))
    }
  }
}
