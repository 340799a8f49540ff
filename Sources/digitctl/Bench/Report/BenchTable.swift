import DigitLoad
import Measure
import PlainText

/// What a load found, in a few lines for people.
struct BenchTable {
  let run: LoadDriver.Run
  let report: BenchReport
  var scenario: ScenarioResult?
  var bound: ServiceLevel?

  var text: String { table(rows) }

  /// A name and a value each.
  var rows: [[String]] {
    var rows = [
      ["model", report.served],
      ["load", load],
      ["throughput", throughput],
      ["requests", requests],
      [
        "accuracy",
        report.accuracy.map { "\(percent($0)) (\(report.wrong) of \(report.images) wrong)" }
          ?? "unknown",
      ],
    ]
    let measured = run.outcome.measured
    rows.append(["latency", "\(LatencySummary(measured.latencies))"])
    if let schedule = report.schedule {
      rows.append(["service time", "\(LatencySummary(measured.serviceTimes))"])
      rows.append(["schedule", keeping(schedule)])
    }
    rows.append(["server queue", "\(LatencySummary(measured.queueTimes))"])
    rows.append(["server compute", "\(LatencySummary(measured.computeTimes))"])
    if let batches = report.serverBatches {
      rows.append(["server batches", batches.text])
    }
    rows.append(["client", client])
    if let scenario { rows.append(["scenario", figure(scenario)]) }
    rows += report.invalidReasons.map { ["INVALID", $0] }
    return rows
  }

  private var load: String {
    let places = "\(report.pipeline) in flight on each of \(report.connections) connections"
    let images = "\(report.batch) images a request"
    switch run.plan.pacing {
    case .closedLoop: return "\(images), \(places)"
    case .openLoop(.trace): return "\(images), as the trace says, at most \(places)"
    case .openLoop(.rate(let profile, let spacing, _)):
      let from = profile.from == profile.to ? "" : "\(fixed(profile.from, 0)) to "
      let spaced = spacing == .poisson ? " as a Poisson process" : ""
      return "\(images), \(from)\(fixed(profile.to, 0)) requests/s\(spaced), at most \(places)"
    }
  }

  private var throughput: String {
    let rate = { (perSecond: Double) in fixed(perSecond, perSecond < 100 ? 2 : 0) }
    return "\(rate(report.requestsPerSecond)) requests/s, \(rate(report.imagesPerSecond)) images/s "
      + "over \(fixed(report.seconds, 2)) s"
  }

  private var requests: String {
    let refusals = report.refused.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    let refused = refusals.isEmpty ? "0" : refusals.joined(separator: " and ")
    let timedOut = run.plan.deadline == nil ? "" : "\(report.timedOut) timed out, "
    return "\(report.sent) sent: \(report.answered) answered, \(refused) refused, \(timedOut)"
      + "\(report.lost) lost, \(report.abandoned) abandoned"
  }

  private func keeping(_ schedule: ScheduleReport) -> String {
    let lateness = latencyText(microseconds: schedule.lateness.p99)
    return "\(percent(schedule.lateShare)) late (p99 \(lateness)), \(schedule.heldBack) waited for "
      + "a place, \(schedule.neverSent) never had one"
  }

  private var client: String {
    let isLimit = report.isLimitedByClient && report.schedule == nil
    let limit = isLimit ? ": the client is the limit" : ""
    return "busy \(percent(report.clientBusy)), waiting for a processor "
      + "\(percent(report.clientWaiting))\(limit)"
  }

  private func figure(_ result: ScenarioResult) -> String {
    let length = result.hasFullLength ? "" : "; shorter than MLPerf Inference asks for"
    switch result.figure {
    case .latency(let percentile, let microseconds):
      return "p\(Int(percentile * 100)) latency \(latencyText(microseconds: microseconds))\(length)"
    case .samplesPerSecond(let rate): return "\(Int(rate)) samples/s\(length)"
    case .poissonRate(let rate, let isKept):
      let bound = bound.map { " \($0.argument)" } ?? ""
      return "\(fixed(rate, 0)) queries/s, \(isKept ? "kept" : "missed")\(bound)\(length)"
    }
  }
}
