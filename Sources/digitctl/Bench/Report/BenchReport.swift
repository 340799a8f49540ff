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

  /// Which model answered, and how it computes.
  var served: String {
    let outcome = run.outcome
    return "\(outcome.model) version \(outcome.modelVersion), \(outcome.precision)"
  }

  var schedule: ScheduleReport? { ScheduleReport(run, bounds: settings.bounds) }

  var object: JSONObject {
    var object = JSONObject()
    addPlan(&object)
    addCounts(&object)
    addLatencies(&object)
    addVerdict(&object)
    object.add("intervals", run.outcome.intervals.map(IntervalRow.init))
    object.add("histogram", run.outcome.measured.latencies)
    object.add("scenario", scenario.map { ScenarioReport($0.scenario, $0.result) })
    return object
  }

  /// What was asked for, and of whom.
  private func addPlan(_ object: inout JSONObject) {
    let (plan, outcome) = (run.plan, run.outcome)
    object.add("server", settings.server.address)
    object.add("protocol", "\(plan.door)")
    object.add("started", started.formatted(.iso8601))
    object.add("duration_seconds", plan.extent.asked.seconds)
    object.add("requests", plan.extent.asked.requests)
    object.add("warmup_seconds", plan.warmUp / .seconds(1))
    object.add("deadline_ms", plan.deadline.map { $0 / .milliseconds(1) })
    object.add("model", outcome.model)
    object.add("model_version", outcome.modelVersion)
    object.add("precision", "\(outcome.precision)")
    object.add("batch", plan.batch)
    object.add("connections", plan.connections)
    object.add("pipeline", plan.pipeline)
    object.add("threads", settings.threads)
    object.add("schedule", schedule)
  }

  /// Requests that were sent are answered, refused, timed out, lost or abandoned.
  private func addCounts(_ object: inout JSONObject) {
    let (outcome, measured) = (run.outcome, run.outcome.measured)
    object.add("seconds", outcome.seconds)
    object.add("requests_per_second", outcome.requestsPerSecond)
    object.add("images_per_second", outcome.imagesPerSecond)
    object.add("sent", measured.sent)
    object.add("answered", measured.answered)
    object.add(
      "refused", Dictionary(uniqueKeysWithValues: measured.refusals.map { ("\($0)", $1) }))
    object.add("timed_out", measured.timedOut)
    object.add("lost", measured.lost)
    object.add("abandoned", measured.abandoned)
    object.add("duplicates", outcome.tallies.duplicates)
    object.add("strays", outcome.tallies.strays)
    object.add("images", measured.images)
    object.add("wrong", measured.wrong)
    object.add("accuracy", measured.accuracy)
    object.add("warmup_requests", outcome.tallies.warmUp.sent)
    object.add("connections_lost", outcome.connectionsLost)
  }

  /// From the intended start, from the actual sending, and the server's own two figures; null where
  /// nothing was answered.
  private func addLatencies(_ object: inout JSONObject) {
    let measured = run.outcome.measured
    for (name, latencies) in [
      ("latency_us", measured.latencies), ("service_us", measured.serviceTimes),
      ("server_queue_us", measured.queueTimes), ("server_compute_us", measured.computeTimes),
    ] {
      object.addOrNull(name, latencies.count > 0 ? Spread(LatencySummary(latencies)) : nil)
    }
    object.add("server_batches", run.batches)
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
