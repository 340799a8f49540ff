import DigitLoad
import Foundation
import Measure

/// What a load found, as an object of `--json`.
struct BenchReport {
  let run: LoadRun
  let settings: LoadSettings
  /// When the first request went.
  let started: Date
  var scenario: LoadBench.ScenarioFigure?

  var figures: LoadFigures {
    let servers = run.plan.servers.map(\.description)
    return LoadFigures(run.outcome, server: servers.joined(separator: ","))
  }

  /// What each server had of the load, where there are several.
  var shares: [LoadFigures]? {
    let shares = run.outcome.servers
    guard !shares.isEmpty else { return nil }
    return shares.map { LoadFigures($0.outcome, server: $0.address.description) }
  }

  var schedule: ScheduleReport? { ScheduleReport(run, bounds: settings.bounds) }

  var object: JSONObject {
    var object = JSONObject()
    addPlan(&object)
    figures.write(to: &object)
    object.add("server_batches", run.batches)
    object.add("outages", run.outcome.outageReports)
    addVerdict(&object)
    object.add("intervals", run.outcome.intervals.map(IntervalRow.init))
    object.add("servers", shareObjects)
    object.add("scenario", scenario.map { ScenarioReport($0.scenario, $0.result) })
    return object
  }

  private var shareObjects: [JSONObject]? {
    shares.map { shares in
      zip(shares, run.serverBatches).enumerated().map { index, pair in
        let (share, batches) = pair
        var object = JSONObject()
        share.write(to: &object)
        object.add("outages", run.outcome.servers[index].outcome.outageReports)
        object.add("server_batches", batches)
        return object
      }
    }
  }

  /// What was asked for.
  private func addPlan(_ object: inout JSONObject) {
    let plan = run.plan
    object.add("protocol", "\(plan.door)")
    object.add("started", started.formatted(.iso8601))
    object.add("duration_seconds", plan.extent.asked.seconds)
    object.add("requests", plan.extent.asked.requests)
    object.add("warmup_seconds", plan.warmUp / .seconds(1))
    object.add("deadline_ms", plan.deadline.map { $0 / .milliseconds(1) })
    object.add("batch", plan.batch)
    object.add("connections", plan.connections)
    object.add("pipeline", plan.pipeline)
    object.add("threads", settings.threads)
    object.add("schedule", schedule)
  }

  private func addVerdict(_ object: inout JSONObject) {
    let outcome = run.outcome
    object.add("client_busy", outcome.client.busy)
    object.add("client_waiting", outcome.client.waiting)
    object.add("limited_by_client", outcome.isLimitedByClient)
    object.add("valid", run.isValid)
    object.add("invalid_reasons", run.invalidReasons)
  }
}

extension LoadPlan.Extent {
  fileprivate var asked: (seconds: Double?, requests: Int?) {
    switch self {
    case .time(let time): (time / .seconds(1), nil)
    case .requests(let count): (nil, count)
    case .atLeast(let count, let time): (time / .seconds(1), count)
    }
  }
}
