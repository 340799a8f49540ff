import DigitLoad
import Measure
import PlainText

/// What a load found, in a few lines for people.
struct BenchTable {
  let report: BenchReport
  private var run: LoadRun { report.run }
  private var figures: LoadFigures { report.figures }

  var text: String {
    let servers = report.shares.map { "\n" + LoadFigures.table(of: $0) } ?? ""
    return table((run.isValid ? [] : [["INVALID", run.invalidText]]) + rows) + servers
  }

  /// A name and a value each; whether they count is not among them.
  var rows: [[String]] {
    var rows = [
      ["model", figures.served], ["load", load], ["throughput", figures.throughputText],
      ["requests", figures.requestsText(hasDeadline: run.plan.deadline != nil)],
      ["accuracy", figures.accuracyText], ["latency", spreadText(figures.latencies)],
    ]
    if let schedule = report.schedule {
      rows.append(["service time", spreadText(figures.serviceTimes)])
      rows.append(["schedule", schedule.text])
    }
    rows.append(["server queue", spreadText(figures.queueTimes)])
    rows.append(["server compute", spreadText(figures.computeTimes)])
    if let batches = run.batches { rows.append(["server batches", batches.text]) }
    rows += outages
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

  /// A line for each, but no more than anybody reads.
  private var outages: [[String]] {
    guard let outages = run.outcome.outageReports else { return [] }
    guard !outages.isEmpty else { return [["outages", "none"]] }
    let shown = outages.prefix(8).enumerated().map { ["outage \($0 + 1)", $1.text] }
    let rest = outages.count - shown.count
    return shown + (rest > 0 ? [["outages", "\(rest) more"]] : [])
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
