import Foundation
import Testing

@Suite(.servesModels, .serialized, .timeLimit(.minutes(2))) struct DigitctlSearchTests {
  private let served: Served

  init() throws { served = try #require(Served.current) }

  @Test(arguments: [
    ("concurrency=1,4", "pipeline", [1, 4]), ("batch=1,16", "batch", [1, 16]),
    ("rate=200,400", "pipeline", [1, 1]),
  ])
  func `a sweep is one load for each value`(axis: String, key: String, values: [Int]) throws {
    let arguments =
      ["--model", "beta", "--sweep", axis, "--requests", "20", "--warmup", "0s"]
      + (axis.hasPrefix("rate") ? ["--late-share", "1"] : [])
    let outcome = try Program.digitctl.run(
      ["bench", "--json"] + arguments, environment: ["DIGITS_SERVER": served.server.address])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let points = try #require(outcome.object?["points"] as? [[String: Any]])
    let reports = points.compactMap { $0["report"] as? [String: Any] }
    #expect(reports.map { $0[key] as? Int } == values)
    #expect(reports.allSatisfy { $0["answered"] as? Int == 20 })
    let table = try Program.digitctl.run(
      ["bench"] + arguments, environment: ["DIGITS_SERVER": served.server.address])
    #expect(table.output.split(separator: "\n").count == 3)
    for column in ["SERVER BATCH", "ACCURACY"] { #expect(table.output.contains("  \(column)")) }
  }

  @Test func `loads that do not count are not in a sweep's headline`() throws {
    // Nothing is sent in less than a microsecond.
    let report = served.folder.path("late")
    let outcome = try served.digitctl(
      "bench", "--model", "beta", "--sweep", "rate=200,400", "--requests", "20", "--warmup", "0s",
      "--late-share", "0", "--late-after", "1us", "--report", report)
    #expect(outcome.status == 1)
    let page = try String(contentsOfFile: "\(report)/report.html", encoding: .utf8)
    #expect(page.contains("no load was valid") && !page.contains("up to "))
    #expect(page.contains("2 of the 2 loads are INVALID"))
    #expect(page.contains("<b>INVALID</b> <span>2 of 2 loads</span>"))
    let curve = try String(contentsOfFile: "\(report)/curve.svg", encoding: .utf8)
    #expect(curve.contains("p99, INVALID") && !curve.contains("p99.9"))
  }

  @Test func `a sweep of which no load keeps the bound fails`() throws {
    let outcome = try served.digitctl(
      "bench", "--model", "beta", "--sweep", "concurrency=1,2", "--requests", "20", "--slo",
      "max<1us")
    #expect(outcome.status == 1)
    #expect(outcome.errors.hasSuffix("digitctl: expected a load with max<1us, got none\n"))
    #expect(outcome.output.split(separator: "\n").dropFirst().allSatisfy { $0.hasSuffix("missed") })
  }

  @Test func `a search tells the rates it tried and the highest that was kept`() throws {
    // No rate keeps a microsecond; a low one keeps a minute, as far as the client can send.
    let search = ["bench", "--model", "beta", "--find-max-rate", "--json", "--repeats", "1"]
    let short = ["--warmup", "0s", "--pipeline", "64", "--late-share", "1", "--requests"]
    let environment = ["DIGITS_SERVER": served.server.address]
    let none = try Program.digitctl.run(
      search + short + ["1", "--rate", "5000", "--slo", "max<1us"], environment: environment)
    #expect(none.status == 1)
    #expect(none.object?["max_rate"] == nil)
    let tries = try #require(none.object?["tries"] as? [[String: Any]])
    #expect(tries.count > 10)
    #expect(tries.allSatisfy { $0["kept"] as? Bool == false })
    let some = try Program.digitctl.run(
      search + short + ["4", "--rate", "100", "--slo", "max<1m"], environment: environment)
    #expect(some.status == 0, "\(some.errors)")
    // How high it comes is the machine's; it is the highest of those that were kept.
    let highest = try #require(some.object?["max_rate"] as? Double)
    let sought = try #require(some.object?["tries"] as? [[String: Any]])
    let kept = sought.filter { $0["kept"] as? Bool == true }.compactMap { $0["rate"] as? Double }
    #expect(kept.max() == highest)
  }

  @Test func `a sweep whose server goes keeps what it has`() throws {
    let server = try RunningServer(models: served.models)
    let process = Program.digitctl.process([
      "bench", "--server", server.address, "--model", "beta", "--warmup", "0s",
      "--sweep", "concurrency=1,2,4,8,16", "--duration", "300ms",
    ])
    let (output, errors) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (output, errors)
    try process.run()
    // The first line of progress.
    _ = errors.fileHandleForReading.availableData
    #expect(server.stop() == 0)
    process.waitUntilExit()
    #expect(process.terminationStatus == 1)
    let table = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    #expect(table.hasPrefix("CONCURRENCY"), "\(table)")
    #expect((2...4).contains(table.split(separator: "\n").count))
  }

  @Test func `a pair of equal servers is told apart only by a tolerance of nothing`() throws {
    let outcome = try served.digitctl(
      "bench", "--pair", served.server.address, served.server.address, "--model", "beta",
      "--rounds", "8", "--requests", "20", "--tolerance", "10", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let changes = try #require(outcome.object?["changes"] as? [[String: Any]])
    #expect(changes.map { $0["figure"] as? String } == ["throughput", "p50", "p99"])
    for change in changes {
      let figures = try ["low", "change", "high"].map { try #require(change[$0] as? Double) }
      #expect(figures == figures.sorted())
    }
    #expect(outcome.object?["invalid_windows"] as? Int == 0)
  }

  @Test func `a run that is worse beyond doubt is a failure`() throws {
    let outcome = try served.digitctl(
      "bench", "--model", "beta", "--interval", "20ms", "--duration", "400ms", "--warmup", "0s",
      "--json")
    var report = try #require(outcome.object)
    let before = served.folder.path("before.json")
    try outcome.output.write(toFile: before, atomically: true, encoding: .utf8)
    // The same run, had everything taken twenty times as long.
    report["intervals"] = (report["intervals"] as? [[String: Any]])?.map { interval in
      var slower = interval
      for key in ["p50_us", "p99_us"] { slower[key] = 20 * (interval[key] as? Double ?? 0) }
      return slower
    }
    let after = served.folder.path("after.json")
    try JSONSerialization.data(withJSONObject: report).write(to: URL(filePath: after))
    let worse = try Program.digitctl.run("compare", before, after)
    #expect(worse.status == 1, "\(worse.errors)")
    #expect(worse.output.contains("worse"))
    #expect(worse.output.contains("is not excluded"))
    let better = try Program.digitctl.run("compare", after, before, "--json")
    #expect(better.status == 0, "\(better.output)")
    #expect(better.object?["drift_excluded"] as? Bool == false)
    #expect(better.errors.isEmpty)
    (report["batch"], report["pipeline"]) = (64, 8)
    try JSONSerialization.data(withJSONObject: report).write(to: URL(filePath: after))
    let unlike = try Program.digitctl.run("compare", after, before)
    #expect(unlike.status == 0)
    let warning = "the runs are not of the same load: batch 64 and 1, pipeline 8 and 1"
    #expect(unlike.errors.contains(warning), "\(unlike.errors)")
    let refused = try Program.digitctl.run("compare", before, served.models)
    #expect(refused.status == 1)
    report["sent"] = 1 + (report["sent"] as? Int ?? 0)
    try JSONSerialization.data(withJSONObject: report).write(to: URL(filePath: after))
    let incomplete = try Program.digitctl.run("compare", before, after)
    #expect(incomplete.status == 1)
    #expect(incomplete.errors.contains("expected an answer to each of"), "\(incomplete.errors)")
  }
}
