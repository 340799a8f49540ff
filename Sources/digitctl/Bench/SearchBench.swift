import DigitLoad
import Measure
import PlainText
import ProgramShell

/// `--find-max-rate`: the highest rate at which a server keeps a service level.
struct SearchBench {
  let options: BenchOptions
  let level: ServiceLevel

  /// One try of a rate.
  private struct Try: Encodable {
    let rate: Double
    let isKept: Bool
    let isValid: Bool
    /// Microseconds.
    let figure: Double
    let requestsPerSecond: Double
    let accuracy: Double?

    enum CodingKeys: String, CodingKey {
      case rate, accuracy
      case isKept = "kept"
      case isValid = "valid"
      case figure = "figure_us"
      case requestsPerSecond = "requests_per_second"
    }
  }

  /// What `--json` prints.
  private struct Report: Encodable {
    let slo: String
    let maxRate: Double?
    let brokenAt: Double?
    let knee: Double?
    /// Whether the client, and not the server, set the limit.
    let isLimitedByClient: Bool
    let tries: [Try]

    enum CodingKeys: String, CodingKey {
      case slo, knee, tries
      case maxRate = "max_rate"
      case brokenAt = "broken_at"
      case isLimitedByClient = "limited_by_client"
    }
  }

  func run() async throws -> ExitCode {
    var search = RateSearch(limits)
    let images = try options.images.load()
    let (tries, result) = try await withLoadDriver(
      options, plan: try plan(at: limits.start), images: images
    ) { driver in
      var tries: [Try] = []
      while true {
        switch search.next {
        case .done(let result): return (tries, result)
        case .measure(let rate):
          guard let run = try await self.run(driver, rate, isFirst: tries.isEmpty) else {
            return (tries, RateSearch.Result(kept: nil, broken: nil))
          }
          let attempt = self.attempt(run, rate)
          tries.append(attempt)
          search.record(isKept: attempt.isKept)
          if !options.json { complain(text(attempt)) }
        }
      }
    }
    let report = report(result, tries)
    if options.json { try printJSON(report) } else { say(text(report)) }
    return report.maxRate == nil ? .failed : .done
  }

  /// Nil where the server is gone: what was tried before is not lost for it.
  private func run(
    _ driver: LoadDriver, _ rate: Double, isFirst: Bool
  ) async throws -> LoadDriver.Run? {
    let plan = try plan(at: rate)
    do {
      let run = try await driver.run(plan)
      return run.outcome.wasInterrupted ? nil : run
    } catch  where !isFirst {
      complain("digitctl: the search ended at \(fixed(rate, 0)) requests/s: \(error)")
      return nil
    }
  }

  private var limits: RateSearch.Limits {
    var limits = RateSearch.Limits()
    if let rate = options.rate { limits.start = rate }
    (limits.repeats, limits.precision) = (options.repeats, options.precision)
    return limits
  }

  private func plan(at rate: Double) throws -> LoadPlan {
    var plan = try options.plan()
    plan.pacing = .openLoop(.steady(rate, spacing: options.arrivals, seed: options.seed))
    if options.duration == nil, options.requests == nil { plan.extent = .time(.seconds(2)) }
    // A rate far above what the server does leaves a backlog that nobody needs to see the end of.
    plan.answerTimeout = .seconds(2)
    return plan
  }

  private func attempt(_ run: LoadDriver.Run, _ rate: Double) -> Try {
    Try(
      rate: rate,
      isKept: run.isValid && level.isMet(by: run.outcome)
        && run.outcome.keepsUp(within: options.precision),
      isValid: run.isValid,
      figure: level.figure(of: run.outcome.measured.latencies),
      requestsPerSecond: run.outcome.requestsPerSecond,
      accuracy: run.outcome.measured.accuracy)
  }

  private func report(_ result: RateSearch.Result, _ tries: [Try]) -> Report {
    let broken = tries.filter { $0.rate == result.broken }
    return Report(
      slo: level.argument, maxRate: result.kept, brokenAt: result.broken, knee: kneeRate(tries),
      isLimitedByClient: broken.contains { !$0.isValid && $0.figure < level.bound.microseconds },
      tries: tries)
  }

  /// Of each rate the middle one of its tries counts.
  private func kneeRate(_ tries: [Try]) -> Double? {
    let byRate = Dictionary(grouping: tries.filter(\.isValid), by: \.rate)
    let points = byRate.map { rate, tries in
      (x: rate, y: tries.map(\.figure).sorted()[tries.count / 2])
    }
    return knee(of: points).map { points[$0].x }
  }

  private func text(_ attempt: Try) -> String {
    let figure = latencyText(microseconds: attempt.figure)
    let verdict = attempt.isKept ? "kept" : attempt.isValid ? "missed" : "INVALID"
    return "\(fixed(attempt.rate, 0)) requests/s: \(level.statistic) \(figure), \(verdict)"
  }

  private func text(_ report: Report) -> String {
    let rate = report.maxRate.map { "\(fixed($0, 0)) requests/s" } ?? "none"
    let broken = report.brokenAt.map { "; not at \(fixed($0, 0))" } ?? ""
    var rows = [
      ["highest rate", "\(rate) with \(level.argument)\(broken)"],
      ["knee", report.knee.map { "about \(fixed($0, 0)) requests/s" } ?? "none seen"],
      ["tries", "\(report.tries.count)"],
      [
        "accuracy",
        report.tries.compactMap(\.accuracy).min().map { "\(percent($0)) at least" } ?? "unknown",
      ],
    ]
    if report.isLimitedByClient {
      rows.append(["limit", "the client's: it could not send faster, the server may do more"])
    }
    return table(rows)
  }
}
