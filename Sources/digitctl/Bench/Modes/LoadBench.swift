import DigitLoad
import DigitReport
import Foundation
import Measure
import PlainText
import ProgramShell

/// One load.
struct LoadBench: Sendable {
  var settings: LoadSettings
  let outputs: BenchOutputs
  /// The bound that decides over the exit status.
  let level: ServiceLevel?

  /// What a scenario adds to its load.
  struct ScenarioFigure {
    let scenario: Scenario
    let result: ScenarioResult
    let bound: ServiceLevel
  }

  /// - Throws: `Misuse`.
  init(_ given: inout GivenOptions) throws {
    settings = try LoadSettings(&given, .several)
    settings.plan.reconnects = given.takeFlag(BenchOptions.reconnect)
    try settings.takeSchedule(&given)
    outputs = try BenchOutputs(&given, hasIntervals: true)
    level = given.take(BenchOptions.slo)
  }

  /// The load of a scenario.
  init(_ settings: LoadSettings, _ outputs: BenchOutputs, level: ServiceLevel?) {
    (self.settings, self.outputs, self.level) = (settings, outputs, level)
  }

  func run() async throws -> ExitCode { try await run { _ in nil } }

  /// - Parameter figure: what the load comes to as a scenario.
  func run(_ figure: (LoadRun) -> ScenarioFigure?) async throws -> ExitCode {
    try outputs.check(trace: settings.trace)
    let (settings, images) = try settings.ready()
    let progress = BenchProgress(settings)
    let started = Date()
    let run = try await withLoadDriver(
      settings, images: images, intervalEnded: progress.show
    ) { try await $0.run(settings.plan) }
    progress.finish()
    let report = BenchReport(
      run: run, settings: settings, started: started, scenario: figure(run))
    let table = BenchTable(report: report)
    if settings.isJSON { try printJSON(report.object) } else { say(table.text) }
    let code = judge(run)
    // Last: a file that cannot be written takes nothing from what was found.
    try write(report, table)
    return code
  }

  /// Neither file is left out because the other cannot be written.
  private func write(_ report: BenchReport, _ table: BenchTable) throws {
    let intervals = Result {
      guard let path = outputs.csv else { return }
      try IntervalRow.write(
        report.run.outcome.intervals, to: path, patience: settings.server.timeout)
    }
    if let folder = outputs.report {
      try Report(of: report, level, facts: table.rows, json: try json(report.object))
        .write(to: folder, isQuiet: settings.isJSON)
    }
    try intervals.get()
  }

  private func judge(_ run: LoadRun) -> ExitCode {
    let outcome = run.outcome
    var code = ExitCode.done
    if !run.isValid {
      // The table says so on top.
      if settings.isJSON { complain("digitctl: INVALID: \(run.invalidText)") }
      code = .failed
    }
    if outcome.isLimitedByClient, !outcome.isOpenLoop {
      complain(
        "digitctl: the client had no time to spare (\(outcome.client)): with more of the machine "
          + "for it the server may do more")
    }
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
  /// reason for being invalid, and reported there.
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
