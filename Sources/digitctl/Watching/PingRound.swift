import Measure
import PlainText

/// The pings of one run: says each, and sums them up.
struct PingRound {
  private let server: String
  private let json: Bool
  private(set) var sent = 0
  private var latencies = LatencyHistogram()
  private var reconnects = 0

  init(_ options: PingJob.Options) {
    server = options.server.address
    json = options.json
  }

  mutating func record(_ latency: Duration, reconnected: Bool = false) throws {
    sent += 1
    reconnects += reconnected ? 1 : 0
    latencies.record(latency)
    guard !json else {
      return try printJSON(
        Line(ping: sent, latency: latency.microseconds, reconnected: reconnected, reason: nil))
    }
    say(
      "\(sent): \(latencyText(microseconds: latency.microseconds))"
        + (reconnected ? ", connected anew" : ""))
  }

  mutating func recordNothing(_ reason: String) throws {
    sent += 1
    guard !json else {
      return try printJSON(Line(ping: sent, latency: nil, reconnected: false, reason: reason))
    }
    say("\(sent): no answer: \(reason.escaped)")
  }

  func sumUp() throws {
    let summary = LatencySummary(latencies)
    guard !json else {
      return try printJSON(
        Total(
          server: server, sent: sent, answered: summary.count, reconnects: reconnects,
          latency: summary.count == 0 ? nil : Spread(summary)))
    }
    let lost = UInt64(sent) - summary.count
    let counts = lost == 0 ? "" : "\(summary.count) of \(sent) answered  "
    say("\(server.escaped): \(counts)\(summary.count == 0 ? "" : "\(summary)")")
  }

  private struct Line: Encodable {
    let ping: Int
    let latency: Double?
    let reconnected: Bool
    let reason: String?

    enum CodingKeys: String, CodingKey {
      case ping, reconnected, reason
      case latency = "latency_us"
    }
  }

  private struct Total: Encodable {
    let server: String
    let sent: Int
    let answered: UInt64
    let reconnects: Int
    let latency: Spread?

    enum CodingKeys: String, CodingKey {
      case server, sent, answered, reconnects
      case latency = "latency_us"
    }
  }
}
