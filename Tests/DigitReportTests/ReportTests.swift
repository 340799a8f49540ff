import DigitCharts
import DigitEvaluation
import DigitFiles
import DigitImage
import DigitReport
import FileAccess
import Foundation
import Testing

@Suite struct ReportTests {
  private let folder = FileManager.default.temporaryDirectory
    .appending(path: "digits-\(UUID())/report").path
  private let report = Self.report(
    of: Evaluation(probabilities: [0.9, 0.1, 0.75, 0.25], labels: [0, 1]))

  private static func report(of evaluation: Evaluation) -> Report {
    Report(
      of: evaluation, title: "a <b> & \"c\"", facts: [["accuracy", "50 % of <all>"]],
      images: ImageSet(
        rows: 28, columns: 28, pixels: Array(repeating: 128, count: 2 * 784), labels: [0, 1]),
      json: Data("{}\n".utf8))
  }

  private var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
  }

  private func write(_ report: Report, _ gnuplot: Result<Gnuplot, ChartError>) throws -> String {
    try report.write(to: folder, gnuplot: gnuplot)
    return try String(contentsOfFile: "\(folder)/report.html", encoding: .utf8)
  }

  private func remove() {
    try? FileManager.default.removeItem(
      at: URL(filePath: folder).deletingLastPathComponent())
  }

  @Test func `the page needs no other file`() throws {
    defer { remove() }
    let page = try write(report, Gnuplot.find())
    #expect(
      try names == [
        "calibration.png", "calibration.svg", "confusion.png", "confusion.svg", "mistakes.png",
        "report.html", "report.json",
      ])
    let sources = page.matches(of: /(?:src|href|url)\s*[=(]\s*"?([^",)]*)/).map { $0.1 }
    #expect(sources.count == 3)
    #expect(sources.allSatisfy { $0.hasPrefix("data:image/") })
    #expect(page.contains("data:image/svg+xml;base64,"))
    #expect(try Data(contentsOf: URL(filePath: "\(folder)/report.json")) == report.json)
  }

  @Test func `words are shown, not taken for HTML`() throws {
    defer { remove() }
    let page = try write(report, .failure(.gnuplotMissing))
    #expect(page.contains("<h1>a &lt;b&gt; &amp; &quot;c&quot;</h1>"))
    #expect(page.contains("50 % of &lt;all&gt;"))
  }

  @Test func `without gnuplot no chart is left of an earlier report`() throws {
    defer { remove() }
    _ = try write(report, Gnuplot.find())
    let page = try write(report, .failure(.gnuplotMissing))
    #expect(try names == ["mistakes.png", "report.html", "report.json"])
    #expect(page.contains("apt-get install gnuplot-nox"))
    #expect(page.contains("<th>true, read as</th>"))
  }

  @Test func `where nothing was misread there is no sheet of mistakes`() throws {
    defer { remove() }
    let flawless = Self.report(of: Evaluation(probabilities: [0.9, 0.1], labels: [0]))
    let page = try write(flawless, Gnuplot.find())
    #expect(!(try names.contains("mistakes.png")))
    #expect(page.contains("There are none."))
  }

  @Test func `a folder that cannot be is an error with its name`() {
    #expect(throws: FileError.self) {
      try report.write(to: "/proc/none", gnuplot: .failure(.gnuplotMissing))
    }
  }
}
