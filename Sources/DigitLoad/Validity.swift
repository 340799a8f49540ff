import EventLoop
import Measure

/// How well an open loop must have kept its schedule for its figures to count.
package struct ScheduleBounds: Sendable, Equatable {
  /// A request that was sent later than this, although a connection had room, is late.
  package var lateAfter = Duration.milliseconds(1)
  /// The fraction of all requests that may be late.
  package var lateShareMax = 0.01

  package init() {}

  /// How many requests were late.
  package func lateCount(_ lateness: LatencyHistogram) -> Int {
    Int(lateness.count - lateness.count(atMostNanoseconds: lateAfter.wholeNanoseconds))
  }

  /// How many of `count` requests may be late: 3 of 300 where 1 % may, whatever binary fractions
  /// make of that.
  package func lateCountMax(of count: Int) -> Int {
    Int(lateShareMax * Double(count) * (1 + 1e-12))
  }
}

/// Why a load's figures say nothing about the server.
package enum Invalidity: Equatable, Sendable {
  case late(Int, of: Int, ScheduleBounds)
  /// Connections ended before the load did: the rest of it was another load.
  case connectionsEnded(Int, reason: String)
  case neverSent(Int, of: Int)
  case unasked(duplicates: Int, strays: Int)
  case interrupted

  /// Whether the client is to blame, and the same load may be valid another time.
  package var isOfClient: Bool {
    switch self {
    case .late, .interrupted: true
    case .connectionsEnded, .neverSent, .unasked: false
    }
  }
}

extension LoadOutcome {
  /// Every reason there is; a closed loop has no schedule to keep. A client that is always busy and
  /// keeps its schedule all the same sends and reads several at a time, and loses nothing by it.
  package func invalidities(_ bounds: ScheduleBounds) -> [Invalidity] {
    var reasons: [Invalidity] = []
    if wasInterrupted { reasons.append(.interrupted) }
    if isOpenLoop {
      let (late, count) = (lateCount(bounds), Int(measured.lateness.count))
      if late > bounds.lateCountMax(of: count) { reasons.append(.late(late, of: count, bounds)) }
      if neverSent > 0 { reasons.append(.neverSent(neverSent, of: neverSent + measured.sent)) }
    }
    // With nothing lost for good, outages are what was to be measured.
    if connectionsLost > 0, outages == nil {
      reasons.append(.connectionsEnded(connectionsLost, reason: firstTrouble ?? "unknown"))
    }
    if tallies.duplicates + tallies.strays > 0 {
      reasons.append(.unasked(duplicates: tallies.duplicates, strays: tallies.strays))
    }
    return reasons
  }

  /// How many measured requests were sent late through the client's fault.
  package func lateCount(_ bounds: ScheduleBounds) -> Int { bounds.lateCount(measured.lateness) }
}

extension Invalidity: CustomStringConvertible {
  /// What was expected and what came.
  package var description: String {
    switch self {
    case .late(let late, let count, let bounds):
      "\(late) of \(count) requests (\(percentText(Double(late) / Double(max(count, 1))))) were "
        + "sent more than \(latencyText(microseconds: bounds.lateAfter.microseconds)) late by the "
        + "client (allowed: \(percentText(bounds.lateShareMax)))"
    case .connectionsEnded(let count, let reason):
      "\(count) \(count == 1 ? "connection" : "connections") ended before the load did, the first "
        + "because \(reason)"
    case .neverSent(let count, let all):
      "\(count) of \(all) scheduled requests were never sent: no connection had room for them"
    case .interrupted: "it was interrupted: the figures are those until then"
    case .unasked(let duplicates, let strays):
      "\(duplicates) requests were answered twice, and \(strays) answers were to none"
    }
  }

  /// What to do about it; nil where that is plain.
  package func remedy(_ client: ProcessorUse) -> String? {
    switch self {
    case .late where client.waiting >= 0.01:
      "the client waited for a processor \(percentText(client.waiting)) of the time: give it more "
        + "of the machine, or run it on another one"
    case .late where client.busy >= 0.5:
      "the client was busy \(percentText(client.busy)) of the time: share the connections among "
        + "more --threads, or lower the rate"
    case .late: "run it again, or allow more with --late-after or --late-share"
    case .neverSent: "lower the rate, or allow more in flight with --pipeline or --connections"
    case .connectionsEnded: "see the server's log"
    case .unasked, .interrupted: nil
    }
  }
}

extension ProcessorUse: CustomStringConvertible {
  package var description: String {
    "busy for \(percentText(busy)) of the time, waiting for a processor for \(percentText(waiting))"
  }
}

private func percentText(_ fraction: Double) -> String {
  let hundredths = Int((fraction * 10_000).rounded())
  let decimals = hundredths % 100
  return "\(hundredths / 100).\(decimals < 10 ? "0" : "")\(decimals) %"
}
