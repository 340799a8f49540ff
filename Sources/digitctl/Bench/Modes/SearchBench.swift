import DigitLoad
import Measure
import PlainText
import ProgramShell

/// `--find-max-rate`: the highest rate at which a server keeps a service level.
struct SearchBench: Sendable {
  let settings: LoadSettings
  let level: ServiceLevel
  let limits: RateSearch.Limits
  private let spacing: ArrivalSchedule.Spacing
  private let seed: UInt64

  /// A rate far above what the server does leaves a backlog whose end nobody needs to see.
  private static let answerTimeout = Duration.seconds(2)

  /// - Throws: `Misuse`.
  init(_ given: inout GivenOptions) throws {
    guard let level = given.take(BenchOptions.slo) else {
      throw Misuse("--find-max-rate requires --slo, such as 'p99<5ms'")
    }
    self.level = level
    try given.refuse(
      BenchOptions.ramp.name, BenchOptions.trace.name,
      because: "--find-max-rate itself sets the rates")
    var settings = try LoadSettings(&given)
    spacing = given.take(BenchOptions.arrivals) ?? .constant
    seed = given.take(BenchOptions.seed) ?? 1
    try settings.refuseLongDraw(given, spacing)
    settings.plan.extent = .time(.seconds(2))
    try settings.takeExtent(&given)
    settings.takeBounds(&given, isScheduled: true, level: level)
    settings.plan.answerTimeout = min(settings.plan.answerTimeout, Self.answerTimeout)
    self.settings = settings
    var limits = RateSearch.Limits()
    limits.start = given.take(BenchOptions.rate) ?? limits.start
    limits.repeats = given.take(BenchOptions.repeats) ?? limits.repeats
    limits.precision = given.take(BenchOptions.precision) ?? limits.precision
    self.limits = limits
  }

  func run() async throws -> ExitCode {
    var (settings, images) = try settings.ready()
    settings.plan.pacing = .openLoop(.steady(limits.start))
    let report = try await withLoadDriver(settings, images: images) { [plan = settings.plan] in
      try await search($0, plan)
    }
    if settings.isJSON { try printJSON(report) } else { say(report.text) }
    return report.isDecided ? .done : .failed
  }

  private func search(_ driver: LoadDriver, _ usual: LoadPlan) async throws -> SearchReport {
    var search = RateSearch(limits)
    var report = SearchReport(level)
    while case .measure(let rate) = search.next {
      var plan = usual
      plan.pacing = .openLoop(.steady(rate, spacing: spacing, seed: seed))
      guard let run = try await run(driver, plan, rate, isFirst: report.tries.isEmpty) else {
        return report
      }
      let verdict = verdict(run)
      search.record(verdict)
      report.tries.append(SearchReport.Try(run, rate, verdict, level))
      if !settings.isJSON { complain(report.tries.last!.line(level, run)) }
    }
    guard case .done(let result) = search.next else { return report }
    report.result = result
    return report
  }

  /// Nil where the server is gone or silent, or somebody interrupts: what was tried before is not
  /// lost for it.
  private func run(
    _ driver: LoadDriver, _ plan: LoadPlan, _ rate: Double, isFirst: Bool
  ) async throws -> LoadRun? {
    do {
      let run = try await driver.run(plan)
      if run.outcome.wasInterrupted || driver.isInterrupted {
        complain("digitctl: the search was interrupted at \(rateText(rate)) requests/s")
      } else if run.isFutile {
        complain(
          "digitctl: the search ended at \(rateText(rate)) requests/s: nothing was answered: "
            + (run.outcome.firstTrouble ?? "no reason given"))
      } else {
        return run
      }
    } catch  where !isFirst {
      complain("digitctl: the search ended at \(rateText(rate)) requests/s: \(error)")
    }
    return nil
  }

  /// A load that the client spoilt says nothing about the server.
  private func verdict(_ run: LoadRun) -> RateSearch.Verdict {
    if run.invalidities.contains(where: \.isOfClient) { return .invalid }
    let isKept =
      run.isValid && level.isMet(by: run.outcome) && run.outcome.keepsUp(within: limits.precision)
    return isKept ? .kept : .missed
  }
}
