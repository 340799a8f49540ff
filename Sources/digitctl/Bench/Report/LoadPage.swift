import DigitLoad
import DigitReport
import Foundation
import Measure
import PlainText

extension Report {
  /// The report of one load.
  /// - Parameter facts: rows of a name and a value, for the top of the page.
  init(of report: BenchReport, facts: [[String]], json: Data) {
    let run = report.run
    let measured = run.outcome.measured
    var spreads = [("latency", measured.latencies)]
    if run.outcome.isOpenLoop { spreads.append(("service time", measured.serviceTimes)) }
    let p99 =
      measured.answered > 0
      ? "p99 \(latencyText(microseconds: LatencySummary(measured.latencies).p99Microseconds))"
      : "nothing was answered"
    var tail: [Part] = []
    if run.outcome.isOpenLoop { tail.append(.paragraph(scheduleExplanation)) }
    tail.append(
      .chart(
        Chart(
          "percentiles", percentileFigure(spreads), substitute: [percentileTable(spreads)])))
    self.init(
      kind: "load", title: report.served,
      headline: "\(rateText(run.outcome.requestsPerSecond)) requests/s, \(p99)",
      sections: [
        Section("At a glance", [.facts(facts)]),
        Section("Latency by percentile", tail),
        Section(
          "Over time", [.chart(Chart("timeline", timelineFigure(run.outcome)))]),
      ],
      json: json)
  }

  /// The report of several loads, one for each value of a sweep's axis.
  init(
    of axis: SweepAxis, _ runs: [LoadRun], columns: [String], rows: [[String]],
    json: Data
  ) {
    let peak = runs.filter(\.isValid).map(\.outcome.imagesPerSecond).max()
    let invalidCount = runs.count { !$0.isValid }
    let exclusion = Part.paragraph(
      "\(invalidCount) of the \(runs.count) loads are INVALID: hollow grey marks, which the curve "
        + "and the headline leave out.")
    self.init(
      kind: "sweep", title: "\(runs.first?.outcome.model ?? ""), \(axis.argument)",
      headline: peak.map { "up to \(rateText($0)) images/s" } ?? "no load was valid",
      sections: [
        Section(
          "Throughput and latency",
          [.paragraph(curveExplanation)] + (invalidCount > 0 ? [exclusion] : []) + [
            .chart(Chart("curve", curveFigure(runs))),
            .table(names: columns, rows: rows),
          ])
      ],
      json: json)
  }
}

private let scheduleExplanation = """
  Latency counts from when a request was meant to be sent; service time from when it was. Where \
  they part, requests waited for those before them.
  """

private let curveExplanation = """
  Each mark is one load, joined in the order of the axis. Where the curve turns upwards the server \
  has no more to give, and what is added only waits.
  """

private func percentileTable(_ spreads: [(name: String, LatencyHistogram)]) -> Report.Part {
  let fractions = [0.5, 0.9, 0.99, 0.999, 0.9999, 1]
  return .table(
    names: [""] + fractions.map { "\(($0 * 100).argument) %" },
    rows: spreads.map { name, latencies in
      [name]
        + fractions.map {
          latencyText(microseconds: Double(latencies.percentileNanoseconds($0)) / 1_000)
        }
    })
}
