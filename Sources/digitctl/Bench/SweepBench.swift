import DigitLoad
import DigitReport
import Foundation
import Measure
import PlainText
import ProgramShell

/// `--sweep`: one load for each value of one thing, on the same connections.
struct SweepBench {
  let options: BenchOptions
  let axis: SweepAxis

  /// What `--json` prints.
  private struct Findings: Encodable {
    let axis: String
    let points: [Point]
  }

  private struct Point: Encodable {
    let value: Double
    let report: BenchReport
  }

  func run() async throws -> ExitCode {
    let plans = try axis.values.map { try plan(for: $0) }
    try options.checkOutputs()
    let images = try options.images.load()
    let points = try await withLoadDriver(options, plan: plans[0], images: images) { driver in
      var points: [(started: Date, run: LoadDriver.Run)] = []
      for (value, plan) in zip(axis.values, plans) {
        let started = Date()
        do {
          let run = try await driver.run(plan)
          points.append((started, run))
          if !options.json { complain("\(axis.name) \(value.argument): \(run.line)") }
          if run.outcome.wasInterrupted { break }
        } catch  where !points.isEmpty {
          // What was measured before is not lost for it.
          complain("digitctl: the sweep ended at \(axis.name) \(value.argument): \(error)")
          break
        }
      }
      return points
    }
    let findings = Findings(
      axis: axis.name.rawValue,
      points: zip(axis.values, points).map { value, point in
        let (started, run) = point
        return Point(
          value: value, report: BenchReport(run, options: options, started: started))
      })
    return try tell(findings, points.map(\.run))
  }

  private func tell(_ findings: Findings, _ runs: [LoadDriver.Run]) throws -> ExitCode {
    let columns = [axis.name.rawValue.uppercased()] + LoadDriver.Run.columns
    let rows = zip(axis.values, runs).map { [$0.argument] + $1.cells }
    if options.json { try printJSON(findings) } else { say(table([columns] + rows)) }
    if let folder = options.report {
      try Report(of: axis, runs, columns: columns, rows: rows, json: try json(findings))
        .write(to: folder, isQuiet: options.json)
    }
    let isWhole = runs.count == axis.values.count
    return isWhole && runs.allSatisfy { $0.isValid && $0.outcome.isComplete } ? .done : .failed
  }

  private func plan(for value: Double) throws -> LoadPlan {
    var plan = try options.plan()
    switch axis.name {
    case .rate:
      plan.pacing = .openLoop(
        .steady(value, spacing: options.arrivals, seed: options.seed))
    case .batch: plan.batch = Int(value)
    case .concurrency:
      let (pipeline, rest) = Int(value).quotientAndRemainder(dividingBy: options.connections)
      guard rest == 0, pipeline > 0 else {
        throw options.refusal(
          "expected a concurrency that \(options.connections) connections can share evenly, got "
            + value.argument)
      }
      plan.pipeline = pipeline
    }
    return plan
  }
}

extension LoadDriver.Run {
  static let columns = [
    "REQUESTS/S", "IMAGES/S", "P50", "P90", "P99", "P99.9", "ACCURACY", "SERVER BATCH", "CLIENT",
    "",
  ]

  /// What stands under the columns.
  var cells: [String] {
    let latency = LatencySummary(outcome.measured.latencies)
    let latencies = [
      latency.p50Microseconds, latency.p90Microseconds, latency.p99Microseconds,
      latency.p999Microseconds,
    ]
    let rates = [outcome.requestsPerSecond, outcome.imagesPerSecond].map { "\(Int($0))" }
    let accuracy = outcome.measured.accuracy.map { percent($0) }
    let batch = batches.map { fixed($0.mean, 1) }
    return rates + latencies.map { latencyText(microseconds: $0) }
      + [accuracy ?? "", batch ?? "", percent(outcome.client.busy), remark]
  }

  /// What keeps the figures from counting.
  private var remark: String {
    if !isValid { return "INVALID" }
    return outcome.isComplete ? "" : "incomplete"
  }

  /// For progress.
  var line: String {
    let latency = latencyText(
      microseconds: LatencySummary(outcome.measured.latencies).p99Microseconds)
    return "\(Int(outcome.requestsPerSecond)) requests/s, p99 \(latency)"
      + (remark.isEmpty ? "" : ", \(remark)")
  }
}
