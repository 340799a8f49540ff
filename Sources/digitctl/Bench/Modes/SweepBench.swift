import DigitLoad
import DigitReport
import Foundation
import Measure
import PlainText
import ProgramShell

/// `--sweep`: one load for each value of one thing, on the same connections.
struct SweepBench: Sendable {
  let axis: SweepAxis
  let settings: LoadSettings
  let outputs: BenchOutputs
  /// The bound that one load must keep.
  let level: ServiceLevel?
  private let spacing: ArrivalSchedule.Spacing
  private let seed: UInt64

  /// What `--json` prints.
  private struct Findings: Encodable {
    let axis: String
    let points: [Point]
  }

  private struct Point: Encodable {
    let value: Double
    let report: JSONObject
  }

  private typealias Measured = (value: Double, started: Date, run: LoadRun)

  /// - Throws: `Misuse`.
  init(_ axis: SweepAxis, _ given: inout GivenOptions) throws {
    self.axis = axis
    switch axis.name {
    case .rate:
      try given.refuse(
        BenchOptions.rate.name, BenchOptions.ramp.name, BenchOptions.trace.name,
        because: "--sweep rate already sets the rates")
    case .batch:
      try given.refuse(BenchOptions.batch.name, because: "--sweep batch already sets the batches")
    case .concurrency:
      try given.refuse(
        BenchOptions.pipeline.name,
        because: "--sweep concurrency already sets how many requests are in flight")
    }
    var settings = try LoadSettings(&given)
    (spacing, seed) = (given[BenchOptions.arrivals] ?? .constant, given[BenchOptions.seed] ?? 1)
    if axis.name == .rate {
      _ = given.take(BenchOptions.arrivals)
      try settings.refuseLongDraw(given, spacing)
      try settings.takeExtent(&given)
      settings.takeBounds(&given, isScheduled: true)
    } else {
      try settings.takeSchedule(&given)
    }
    self.settings = settings
    outputs = try BenchOutputs(&given, hasIntervals: false)
    level = given.take(BenchOptions.slo)
    for value in axis.values { _ = try plan(for: value, settings.plan) }
  }

  func run() async throws -> ExitCode {
    try outputs.check(trace: settings.trace)
    let (settings, images) = try settings.ready()
    var first = settings
    first.plan = try plan(for: axis.values[0], settings.plan)
    let measured = try await withLoadDriver(first, images: images) { driver in
      try await measure(driver, settings.plan)
    }
    let points = measured.map { value, started, run in
      let report = BenchReport(run: run, settings: settings, started: started)
      return Point(value: value, report: report.object)
    }
    return try tell(
      Findings(axis: axis.name.rawValue, points: points), measured)
  }

  private func measure(_ driver: LoadDriver, _ usual: LoadPlan) async throws -> [Measured] {
    var measured: [Measured] = []
    for value in axis.values {
      let started = Date()
      do {
        let run = try await driver.run(try plan(for: value, usual))
        measured.append((value, started, run))
        if !settings.isJSON { complain("\(axis.name) \(value.argument): \(run.line)") }
        if run.outcome.wasInterrupted || driver.isInterrupted || run.isFutile { break }
      } catch  where !measured.isEmpty {
        // What was measured before is not lost for it.
        complain("digitctl: the sweep ended at \(axis.name) \(value.argument): \(error)")
        break
      }
    }
    return measured
  }

  private func tell(_ findings: Findings, _ measured: [Measured]) throws -> ExitCode {
    let runs = measured.map(\.run)
    let columns = [axis.name.rawValue.uppercased()] + LoadRun.columns
    let rows = zip(axis.values, runs).map { [$0.argument] + $1.cells(level) }
    if settings.isJSON { try printJSON(findings) } else { say(table([columns] + rows)) }
    if let folder = outputs.report {
      try Report(
        of: self, measured.map { ($0.value, $0.run) }, started: measured.first?.started ?? Date(),
        table: (columns, rows), json: try json(findings)
      ).write(to: folder, isQuiet: settings.isJSON)
    }
    let isKept = level.map { level in runs.contains { $0.keeps(level) } } ?? true
    if let level, !isKept {
      complain("digitctl: expected a load with \(level.argument), got none")
    }
    let isWhole = runs.count == axis.values.count
    let isSound = isWhole && runs.allSatisfy { $0.isValid && $0.outcome.isComplete }
    return isSound && isKept ? .done : .failed
  }

  /// - Throws: `Misuse` for a value that the connections cannot share.
  private func plan(for value: Double, _ usual: LoadPlan) throws -> LoadPlan {
    var plan = usual
    switch axis.name {
    case .rate: plan.pacing = .openLoop(.steady(value, spacing: spacing, seed: seed))
    case .batch: plan.batch = Int(value)
    case .concurrency:
      let (pipeline, rest) = Int(value).quotientAndRemainder(dividingBy: plan.connections)
      guard rest == 0, pipeline > 0 else {
        throw Misuse(
          "expected a concurrency that \(plan.connections) connections can share evenly, got "
            + value.argument)
      }
      plan.pipeline = pipeline
    }
    return plan
  }
}

extension LoadRun {
  static let columns = [
    "REQUESTS/S", "IMAGES/S", "P50", "P90", "P99", "P99.9", "ACCURACY", "SERVER BATCH", "CLIENT",
    "",
  ]

  /// What stands under the columns.
  /// - Parameter level: what each load is compared with.
  func cells(_ level: ServiceLevel?) -> [String] {
    let latency = LatencySummary(outcome.measured.latencies)
    let latencies = [
      latency.p50Microseconds, latency.p90Microseconds, latency.p99Microseconds,
      latency.p999Microseconds,
    ].map { latency.count > 0 ? latencyText(microseconds: $0) : "" }
    let rates = [outcome.requestsPerSecond, outcome.imagesPerSecond].map(rateText)
    let accuracy = outcome.measured.accuracy.map { percent($0) }
    let batch = batches.map { fixed($0.mean, 1) }
    return rates + latencies
      + [accuracy ?? "", batch ?? "", percent(outcome.client.busy), remark(level)]
  }

  /// What keeps the figures from counting, or whether they keep the bound.
  private func remark(_ level: ServiceLevel?) -> String {
    if !isValid { return "INVALID" }
    if !outcome.isComplete { return "incomplete" }
    return level.map { keeps($0) ? "kept" : "missed" } ?? ""
  }

  /// For progress.
  var line: String {
    let latency = LatencySummary(outcome.measured.latencies)
    let p99 = latency.count > 0 ? ", p99 \(latencyText(microseconds: latency.p99Microseconds))" : ""
    let trouble = isValid ? remark(nil) : "INVALID: \(invalidText)"
    return "\(rateText(outcome.requestsPerSecond)) requests/s\(p99)"
      + (trouble.isEmpty ? "" : ", \(trouble)")
  }
}
