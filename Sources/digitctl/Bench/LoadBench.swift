import DigitLoad
import DigitReport
import Foundation
import Measure
import PlainText
import ProgramShell

/// One load, freely described or one of MLPerf Inference's scenarios.
struct LoadBench {
  private let options: BenchOptions
  private let scenario: Scenario?

  /// MLPerf Inference's own bound for image classification on a server.
  private static let usualBound = ServiceLevel(.percentile(0.99), below: .milliseconds(15))

  init(_ options: BenchOptions, _ scenario: Scenario? = nil) {
    self.options = options
    self.scenario = scenario
  }

  func run() async throws -> ExitCode {
    let plan = try plan()
    try options.checkOutputs()
    let images = try options.images.load()
    let progress = BenchProgress(options, seconds: plan.knownSeconds)
    let started = Date()
    let run = try await withLoadDriver(
      options, plan: plan, images: images, intervalEnded: progress.show
    ) { try await $0.run(plan) }
    progress.finish()
    let result = scenario.map {
      ScenarioResult($0, run.outcome, plan: plan, bound: options.slo ?? Self.usualBound)
    }
    var report = BenchReport(run, options: options, started: started)
    if let scenario, let result { report.scenario = ScenarioReport(scenario, result) }
    let bound = scenario == nil ? nil : options.slo ?? Self.usualBound
    let table = BenchTable(run: run, report: report, scenario: result, bound: bound)
    if options.json { try printJSON(report) } else { say(table.text) }
    let code = judge(run)
    // Last: a file that cannot be written takes nothing from what was found.
    try write(run, report, table)
    return code
  }

  private func plan() throws -> LoadPlan {
    var plan = try options.plan()
    guard let scenario else { return plan }
    var choices = Scenario.Choices()
    choices.time = options.duration
    choices.queries = options.requests
    choices.rate = options.rate ?? 0
    choices.seed = options.seed
    if options.batch > 1 { choices.batch = options.batch }
    scenario.shape(&plan, choices)
    return plan
  }

  /// Neither file is left out because the other cannot be written.
  private func write(_ run: LoadDriver.Run, _ report: BenchReport, _ table: BenchTable) throws {
    let intervals = Result {
      if let path = options.csv { try IntervalRow.write(run.outcome.intervals, to: path) }
    }
    if let folder = options.report {
      try Report(of: run, report, facts: table.rows, json: try json(report))
        .write(to: folder, isQuiet: options.json)
    }
    try intervals.get()
  }

  private func judge(_ run: LoadDriver.Run) -> ExitCode {
    let outcome = run.outcome
    if outcome.isLimitedByClient, !outcome.isOpenLoop {
      complain(
        "digitctl: the client had no time to spare (\(outcome.client)): with more of the machine "
          + "for it the server may do more")
    }
    var code = ExitCode.done
    for reason in run.invalidities {
      complain("digitctl: INVALID: \(reason)")
      code = .failed
    }
    let level = scenario == .server ? options.slo ?? Self.usualBound : options.slo
    if let level, !level.isMet(by: outcome.measured.latencies) {
      let figure = latencyText(microseconds: level.figure(of: outcome.measured.latencies))
      complain("digitctl: expected \(level.argument), got \(figure)")
      code = .failed
    }
    for sentence in outcome.shortfalls {
      complain("digitctl: \(sentence)")
      code = .failed
    }
    return code
  }
}

extension LoadOutcome {
  /// What is missing to an answer to each request, in words; answers that nobody asked for are a
  /// reason for being invalid, and told there.
  var shortfalls: [String] {
    var sentences = [("requests", measured), ("requests of the warm-up", tallies.warmUp)]
      .filter { $1.unanswered > 0 }
      .map { what, tally in
        "expected an answer to each of \(tally.sent) \(what), got \(tally.answered); "
          + "\(tally.refused) were refused, \(tally.timedOut) timed out, \(tally.lost) lost and "
          + "\(tally.abandoned) abandoned"
      }
    if sentences.isEmpty, measured.answered == 0 {
      sentences = ["expected at least one measured request, got none"]
    }
    guard let firstTrouble, let last = sentences.popLast() else { return sentences }
    return sentences + ["\(last); a connection ended: \(firstTrouble)"]
  }
}

extension LoadPlan {
  /// How long the measured part takes, where time alone decides.
  var knownSeconds: Double? {
    switch (extent, pacing) {
    case (.time(let time), _): return time / .seconds(1)
    case (.requests(let count), .openLoop(.rate(let profile, _, _))):
      return profile.seconds(until: Double(count), leadIn: 0)
    case (.requests, _), (.atLeast, _): return nil
    }
  }
}
