import Measure
import PlainText

extension LoadFigures {
  /// Which model answered, and how it computes.
  var served: String { "\(model) version \(modelVersion), \(precision)" }

  var throughputText: String {
    "\(rateText(requestsPerSecond)) requests/s, \(rateText(imagesPerSecond)) images/s over "
      + "\(fixed(seconds, 2)) s"
  }

  /// - Parameter hasDeadline: whether requests could time out.
  func requestsText(hasDeadline: Bool) -> String {
    let names = refusals.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    let refused = names.isEmpty ? "0" : names.joined(separator: " and ")
    let timedOut = hasDeadline ? "\(counts.timedOut) timed out, " : ""
    return "\(counts.sent) sent: \(counts.answered) answered, \(refused) refused, \(timedOut)"
      + "\(counts.lost) lost, \(counts.abandoned) abandoned"
  }

  var accuracyText: String {
    accuracy.map { "\(percent($0)) (\(counts.wrong) of \(counts.images) wrong)" } ?? "unknown"
  }

  /// A line for each server of several.
  static func table(of servers: [LoadFigures]) -> String {
    PlainText.table(
      [["SERVER", "REQUESTS/S", "SENT", "ANSWERED", "P50", "P99", "P99.9", "MAX", "ACCURACY"]]
        + servers.map(\.cells))
  }

  private var cells: [String] {
    let latency = LatencySummary(latencies)
    let latencies = [
      latency.p50Microseconds, latency.p99Microseconds, latency.p999Microseconds,
      latency.maximumMicroseconds,
    ].map { counts.answered > 0 ? latencyText(microseconds: $0) : "" }
    return [server, rateText(requestsPerSecond), "\(counts.sent)", "\(counts.answered)"]
      + latencies + [accuracy.map { percent($0) } ?? ""]
  }
}

/// Percentiles of latencies, in words where there are none.
func spreadText(_ latencies: LatencyHistogram) -> String {
  latencies.count > 0 ? "\(LatencySummary(latencies))" : "nothing was answered"
}
