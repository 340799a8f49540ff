import DigitLoad
import DigitReport
import Foundation
import Measure
import PlainText

extension Report {
  /// The report of one load.
  /// - Parameters:
  ///   - facts: rows of a name and a value, for the top of the page.
  ///   - level: the bound of `--slo`.
  init(of report: BenchReport, _ level: ServiceLevel?, facts: [[String]], json: Data) {
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
    tail += [
      .chart(Chart("percentiles", percentileFigure(spreads, level))), percentileTable(spreads),
    ]
    self.init(
      kind: "load test", title: report.figures.served, verdict: run.verdict(level),
      headline: "\(rateText(run.outcome.requestsPerSecond)) requests/s, \(p99)",
      origin: Origin(date: report.started, others: originRows(report.settings.server)),
      sections: [
        Section("At a glance", [.facts(facts)]),
        Section("Latency by percentile", tail),
        Section(
          "Over time", [.chart(Chart("timeline", timelineFigure(run.outcome, level)))]),
      ],
      json: json)
  }

  /// The report of several loads, one for each value of a sweep's axis.
  /// - Parameters:
  ///   - started: when the first of them was.
  ///   - table: names of columns, and rows.
  init(
    of sweep: SweepBench, _ loads: [(value: Double, run: LoadRun)], started: Date,
    table: (names: [String], rows: [[String]]), json: Data
  ) {
    let (axis, runs) = (sweep.axis, loads.map(\.run))
    let peak = runs.filter(\.isValid).map(\.outcome.imagesPerSecond).max()
    let invalidCount = runs.count { !$0.isValid }
    let exclusion = Part.paragraph(
      "\(invalidCount) of the \(runs.count) loads are INVALID: hollow grey marks, which the curve "
        + "and the headline leave out.")
    self.init(
      kind: "load test", title: "\(runs.first?.outcome.model ?? ""), \(axis.argument)",
      verdict: sweepVerdict(loads, axis, sweep.level),
      headline: peak.map { "up to \(rateText($0)) images/s" } ?? "no load was valid",
      origin: Origin(date: started, others: originRows(sweep.settings.server)),
      sections: [
        Section(
          "Throughput and latency",
          [.paragraph(curveExplanation(axis))] + (invalidCount > 0 ? [exclusion] : []) + [
            .chart(Chart("curve", curveFigure(loads, sweep.level))),
            .table(names: table.names, rows: table.rows),
          ])
      ],
      json: json)
  }
}

private let scheduleExplanation = """
  Latency counts from when a request was meant to be sent; service time from when it was. Where \
  they part, requests waited for those before them.
  """

private func curveExplanation(_ axis: SweepAxis) -> String {
  """
  Each mark is one load; the numbers are its \(axis.name.rawValue). A line joins loads as long as \
  each has a higher throughput than the one before. Where the curve turns upwards the server has \
  no more to give, and what is added only waits.
  """
}

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
