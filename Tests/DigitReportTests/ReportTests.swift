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

  private static func report(of evaluation: Evaluation, verdict: Verdict? = nil) -> Report {
    Report(
      of: evaluation, title: "a <b> & \"c\"", verdict: verdict,
      origin: Origin(
        date: Date(timeIntervalSince1970: 0), others: [["server", "unix:<s>"]],
        arguments: ["digitctl", "evaluate", "--model", "it's"]),
      facts: [["accuracy", "50 % of <all>"]],
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
    #expect(sources.count == 1)
    #expect(sources.allSatisfy { $0.hasPrefix("data:image/") })
    #expect(!page.contains("http"))
    #expect(page.contains(#"<svg class="chart narrow" role="img""#))
    #expect(try Data(contentsOf: URL(filePath: "\(folder)/report.json")) == report.json)
  }

  @Test func `words are shown, not taken for HTML`() throws {
    defer { remove() }
    let page = try write(report, .failure(.gnuplotMissing))
    #expect(page.contains("<h1>a &lt;b&gt; &amp; &quot;c&quot;</h1>"))
    #expect(page.contains("50 % of &lt;all&gt;"))
  }

  @Test func `a verdict stands in words before everything else`() throws {
    defer { remove() }
    let report = Self.report(
      of: Evaluation(probabilities: [0.9, 0.1], labels: [1]),
      verdict: Verdict(.failed, "Bound missed", "accuracy < 1"))
    let page = try write(report, .failure(.gnuplotMissing))
    let verdict = try #require(
      page.range(
        of: #"<p class="verdict failed"><b>Bound missed</b> <span>accuracy &lt; 1</span></p>"#))
    let headline = try #require(page.range(of: "0.00 % of 1 image read right"))
    #expect(verdict.upperBound <= headline.lowerBound)
  }

  @Test func `a page says when, where and by which command it was made`() throws {
    defer { remove() }
    let page = try write(report, .failure(.gnuplotMissing))
    #expect(page.contains("1970-01-01T00:00:00Z"))
    #expect(page.contains(ProcessInfo.processInfo.hostName))
    #expect(page.contains("<span>&#39;it&#39;\\&#39;&#39;s&#39;</span>"))
    #expect(page.contains("unix:&lt;s&gt;"))
  }

  @Test func `a page has colours for dark ground and for paper`() throws {
    defer { remove() }
    let page = try write(report, .failure(.gnuplotMissing))
    #expect(page.contains("@media (prefers-color-scheme: dark)") && page.contains("@media print"))
  }

  @Test func `without gnuplot no PNG is left of an earlier report`() throws {
    defer { remove() }
    _ = try write(report, Gnuplot.find())
    let page = try write(report, .failure(.gnuplotMissing))
    #expect(
      try names == [
        "calibration.svg", "confusion.svg", "mistakes.png", "report.html", "report.json",
      ])
    #expect(page.contains("Confusion matrix: 2 images"))
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
