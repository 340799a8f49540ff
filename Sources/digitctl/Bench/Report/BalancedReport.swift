import DigitLoad
import Foundation
import Measure
import PlainText

/// What a load over `DigitPool` found, as a table and as JSON that may be merged.
struct BalancedReport {
  let settings: LoadSettings
  let started: Date
  let outcome: BalancedOutcome

  var schedule: ScheduleReport? {
    ScheduleReport(settings.plan, outcome.lateness, bounds: settings.bounds)
  }

  var invalidReasons: [String] {
    guard let schedule else { return [] }
    let count = Int(outcome.lateness.count)
    guard schedule.late > settings.bounds.lateCountMax(of: count) else { return [] }
    return ["\(Invalidity.late(schedule.late, of: count, settings.bounds))"]
  }

  var object: JSONObject {
    let plan = settings.plan
    var object = JSONObject()
    object.add("protocol", "\(plan.door)")
    object.add("balanced", true)
    object.add("started", started.formatted(.iso8601))
    object.add("warmup_seconds", plan.warmUp / .seconds(1))
    object.add("deadline_ms", plan.deadline.map { $0 / .milliseconds(1) })
    object.add("batch", plan.batch)
    object.add("connections", plan.connections)
    object.add("threads", 1)
    object.add("schedule", schedule)
    outcome.figures.write(to: &object)
    object.add(
      "answered_by_version",
      Dictionary(uniqueKeysWithValues: outcome.versions.map { ("\($0)", $1) }))
    object.add("valid", invalidReasons.isEmpty)
    object.add("invalid_reasons", invalidReasons)
    return object
  }

  var text: String {
    let figures = outcome.figures
    let versions = outcome.versions.sorted { $0.key < $1.key }
      .map { "version \($0.key) \(percent(Double($0.value) / Double(figures.counts.answered)))" }
    var rows = invalidReasons.map { ["INVALID", $0] }
    rows += [
      ["model", "\(figures.model): \(versions.joined(separator: ", "))"],
      ["throughput", figures.throughputText],
      ["requests", figures.requestsText(hasDeadline: true)],
      ["accuracy", figures.accuracyText], ["latency", spreadText(figures.latencies)],
      ["service time", spreadText(figures.serviceTimes)],
    ]
    if let schedule { rows.append(["schedule", schedule.text]) }
    rows.append(["server queue", spreadText(figures.queueTimes)])
    rows.append(["server compute", spreadText(figures.computeTimes)])
    return table(rows)
  }
}
