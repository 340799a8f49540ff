import EventLoop
import Measure

/// How well an open loop must have kept its schedule for its figures to count.
package struct ScheduleBounds: Sendable, Equatable {
  /// A request that was sent later than this, though it had a place, is late.
  package var lateAfter = Duration.milliseconds(1)
  /// The part of all requests that may be late.
  package var lateShareMax = 0.01

  package init() {}
}

/// Why a load's figures say nothing of the server.
package enum Invalidity: Equatable, Sendable {
  case late(share: Double, ScheduleBounds)
  /// Connections ended before the load did: the rest of it was another load.
  case connectionsEnded(Int, reason: String)
  case neverSent(Int, of: Int)
  case unasked(duplicates: Int, strays: Int)
  case interrupted
}

extension LoadOutcome {
  /// Every reason there is; a closed loop has no schedule to keep. A client that is always busy and
  /// keeps its schedule all the same sends and reads several at a time, and loses nothing by it.
  package func invalidities(_ bounds: ScheduleBounds) -> [Invalidity] {
    var reasons: [Invalidity] = []
    if isOpenLoop {
      let share = lateShare(bounds)
      if share > bounds.lateShareMax { reasons.append(.late(share: share, bounds)) }
      if neverSent > 0 { reasons.append(.neverSent(neverSent, of: neverSent + measured.sent)) }
    }
    if wasInterrupted { reasons.append(.interrupted) }
    if connectionsLost > 0 {
      reasons.append(.connectionsEnded(connectionsLost, reason: firstTrouble ?? "unknown"))
    }
    if tallies.duplicates + tallies.strays > 0 {
      reasons.append(.unasked(duplicates: tallies.duplicates, strays: tallies.strays))
    }
    return reasons
  }

  /// The part of all measured requests that were sent late through the client's fault.
  package func lateShare(_ bounds: ScheduleBounds) -> Double {
    let all = measured.lateness
    guard all.count > 0 else { return 0 }
    let inTime = all.count(atMostNanoseconds: bounds.lateAfter.wholeNanoseconds)
    return 1 - Double(inTime) / Double(all.count)
  }
}

extension Invalidity: CustomStringConvertible {
  package var description: String {
    switch self {
    case .late(let share, let bounds):
      "\(percentText(share)) of the requests were sent more than "
        + "\(latencyText(microseconds: bounds.lateAfter.microseconds)) late, above the bound of "
        + "\(percentText(bounds.lateShareMax)): the client could not keep the schedule"
    case .connectionsEnded(let count, let reason):
      "\(count) connections ended before the load did, the first because \(reason)"
    case .neverSent(let count, let all):
      "\(count) of \(all) scheduled requests never had a place on a connection: connections "
        + "ended, the server is behind, or more connections or a longer pipeline are needed"
    case .interrupted: "it was interrupted: these are its figures until then"
    case .unasked(let duplicates, let strays):
      "\(duplicates) requests were answered twice, and \(strays) answers were to none"
    }
  }
}

extension ProcessorUse: CustomStringConvertible {
  package var description: String {
    "busy for \(percentText(busy)) of the time, waiting for a processor for \(percentText(waiting))"
  }
}

private func percentText(_ part: Double) -> String {
  let tenths = Int((part * 1_000).rounded())
  return "\(tenths / 10).\(tenths % 10) %"
}
