import DigitFiles
import Foundation
import Testing

/// `evaluate --report` of both programs.
@Suite(.servesModels, .serialized, .timeLimit(.minutes(5))) struct EvaluationReportTests {
  private let served: Served
  private let folder: TemporaryFolder

  init() throws {
    served = try #require(Served.current)
    folder = try TemporaryFolder()
  }

  private func evaluate(
    _ program: Program, _ words: String..., environment: [String: String] = [:]
  ) throws -> Program.Outcome {
    let models = program.name == "digitlab" ? ["--models", served.models] : []
    return try program.run(
      ["evaluate", "--model", "beta", "--limit", "2000", "--report", folder.path("report")]
        + models + words,
      environment: environment.merging(["DIGITS_SERVER": served.server.address]) { $1 })
  }

  private var names: [String] {
    get throws {
      try FileManager.default.contentsOfDirectory(atPath: folder.path("report")).sorted()
    }
  }

  @Test(arguments: ["digitlab", "digitctl"])
  func `a report is a page with its pictures and figures`(program: String) throws {
    let outcome = try evaluate(Program(name: program), "--json")
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    #expect(
      try names == [
        "calibration.png", "calibration.svg", "confusion.png", "confusion.svg", "mistakes.png",
        "report.html", "report.json",
      ])
    let figures = try String(contentsOfFile: folder.path("report/report.json"), encoding: .utf8)
    #expect(figures == outcome.output)
    let page = try String(contentsOfFile: folder.path("report/report.html"), encoding: .utf8)
    #expect(page.contains("<h1>beta"))
    #expect(!page.contains("http"))
    for name in ["calibration", "confusion", "mistakes"] {
      let picture = try PictureFile.read(folder.path("report/\(name).png"))
      #expect(Set(picture.pixels).count > 10)
    }
  }

  @Test(arguments: ["digitlab", "digitctl"])
  func `without gnuplot the report has no PNG charts, and that is no failure`(
    program: String
  ) throws {
    let outcome = try evaluate(Program(name: program), environment: ["PATH": "/nowhere"])
    #expect(outcome.status == 0)
    #expect(
      outcome.errors
        == "\(program): the report has no PNG charts: PNG charts are drawn by gnuplot, which is "
        + "not on the PATH: apt-get install gnuplot-nox\n")
    #expect(
      try names == [
        "calibration.svg", "confusion.svg", "mistakes.png", "report.html", "report.json",
      ])
    #expect(outcome.output.hasSuffix("Wrote \(folder.path("report"))/report.html\n"))
  }

  @Test(arguments: [("0.9999", 1, "Bound missed"), ("0.01", 0, "Bound kept")])
  func `the page says first whether the bound was kept`(
    bound: String, status: Int32, word: String
  ) throws {
    let outcome = try evaluate(.digitctl, "--min-accuracy", bound)
    #expect(outcome.status == status)
    let page = try String(contentsOfFile: folder.path("report/report.html"), encoding: .utf8)
    #expect(page.contains("<b>\(word)</b>"))
    #expect(page.contains("<span>--min-accuracy</span>") && page.contains(served.server.address))
  }

  @Test func `the figures agree with each other`() throws {
    let outcome = try evaluate(.digitlab, "--json")
    let object = try #require(outcome.object)
    let evaluation = try #require(object["evaluation"] as? [String: Any])
    let confusion = try #require(evaluation["confusion"] as? [[Int]])
    let mistakes = try #require(evaluation["mistakes"] as? [[String: Any]])
    let right = confusion.indices.reduce(0) { $0 + confusion[$1][$1] }
    #expect(confusion.joined().reduce(0, +) == 2_000)
    #expect(mistakes.count == 2_000 - right)
    #expect(object["error_count"] as? Int == mistakes.count)
    let interval = try #require(evaluation["interval"] as? [String: Double])
    let accuracy = try #require(evaluation["accuracy"] as? Double)
    #expect(try #require(interval["lower"]) < accuracy)
    #expect(try #require(interval["upper"]) > accuracy)
    let halves = try #require(evaluation["halves"] as? [[String: Any]])
    #expect(halves.map { $0["name"] as? String } == ["students"])
    #expect(halves.map { $0["images"] as? Int } == [2_000])
  }

  @Test func `a folder that cannot be written is one sentence`() throws {
    let outcome = try Program.digitlab.run(
      "evaluate", "--model", "beta", "--models", served.models, "--limit", "10", "--report",
      "/proc/none")
    #expect(outcome.status == 1)
    #expect(outcome.errors.hasPrefix("digitlab: cannot create /proc/none: "))
  }
}
