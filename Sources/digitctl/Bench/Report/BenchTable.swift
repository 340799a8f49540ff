import DigitLoad
import Measure
import PlainText

/// What a load found, in a few lines for people.
struct BenchTable {
  let report: BenchReport
  private var run: LoadRun { report.run }
  private var measured: LoadTally { run.outcome.measured }

  var text: String { table((run.isValid ? [] : [["INVALID", run.invalidText]]) + rows) }

  /// A name and a value each; whether they count is not among them.
  var rows: [[String]] {
    var rows = [
      ["model", report.served], ["load", load], ["throughput", throughput],
      ["requests", requests], ["accuracy", accuracy], ["latency", spread(measured.latencies)],
    ]
    if let schedule = report.schedule {
      rows.append(["service time", spread(measured.serviceTimes)])
      rows.append(["schedule", keeping(schedule)])
    }
    rows.append(["server queue", spread(measured.queueTimes)])
    rows.append(["server compute", spread(measured.computeTimes)])
    if let batches = run.batches { rows.append(["server batches", batches.text]) }
    rows.append(["client", client])
    if let scenario = report.scenario { rows.append(["scenario", figure(scenario)]) }
    return rows
  }

  private var load: String {
    let plan = run.plan
    let room = inFlightText(plan.pipeline, connections: plan.connections)
    let images = "\(counted(plan.batch, "image")) a request"
    switch plan.pacing {
    case .closedLoop: return "\(images), \(room)"
    case .openLoop(.trace): return "\(images), as the trace says, at most \(room)"
    case .openLoop(.rate(let profile, let spacing, _)):
      let from = profile.from == profile.to ? "" : "\(rateText(profile.from)) to "
      let spaced = spacing == .poisson ? " as a Poisson process" : ""
      return "\(images), \(from)\(rateText(profile.to)) requests/s\(spaced), at most \(room)"
    }
  }

  private var throughput: String {
    let outcome = run.outcome
    return "\(rateText(outcome.requestsPerSecond)) requests/s, "
      + "\(rateText(outcome.imagesPerSecond)) images/s over \(fixed(outcome.seconds, 2)) s"
  }

  private var requests: String {
    let refusals = measured.refusals.map { (name: "\($0)", count: $1) }
      .sorted { $0.name < $1.name }.map { "\($0.count) \($0.name)" }
    let refused = refusals.isEmpty ? "0" : refusals.joined(separator: " and ")
    let timedOut = run.plan.deadline == nil ? "" : "\(measured.timedOut) timed out, "
    return "\(measured.sent) sent: \(measured.answered) answered, \(refused) refused, \(timedOut)"
      + "\(measured.lost) lost, \(measured.abandoned) abandoned"
  }

  private var accuracy: String {
    measured.accuracy.map { "\(percent($0)) (\(measured.wrong) of \(measured.images) wrong)" }
      ?? "unknown"
  }

  private func spread(_ latencies: LatencyHistogram) -> String {
    latencies.count > 0 ? "\(LatencySummary(latencies))" : "nothing was answered"
  }

  private func keeping(_ schedule: ScheduleReport) -> String {
    let lateness = latencyText(microseconds: schedule.lateness.p99)
    return "\(percent(schedule.lateShare)) late (p99 \(lateness)), \(schedule.heldBack) held back "
      + "until a connection had room, \(schedule.neverSent) never sent"
  }

  private var client: String {
    let (outcome, use) = (run.outcome, run.outcome.client)
    let isLimit = outcome.isLimitedByClient && !outcome.isOpenLoop
    return "busy \(percent(use.busy)), waiting for a processor \(percent(use.waiting))"
      + (isLimit ? ": the client is the limit" : "")
  }

  private func figure(_ scenario: LoadBench.ScenarioFigure) -> String {
    let length = scenario.result.hasFullLength ? "" : "; shorter than MLPerf Inference requires"
    switch scenario.result.figure {
    case .latency(let percentile, let microseconds):
      return "p\(Int(percentile * 100)) latency \(latencyText(microseconds: microseconds))\(length)"
    case .samplesPerSecond(let rate): return "\(rateText(rate)) samples/s\(length)"
    case .poissonRate(let rate, let isKept):
      let verdict = isKept ? "kept" : "missed"
      return "\(rateText(rate)) queries/s, \(verdict) \(scenario.bound.argument)\(length)"
    }
  }
}
