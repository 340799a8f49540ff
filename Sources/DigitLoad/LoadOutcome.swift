import DigitWire
import EventLoop

/// What a load found.
package struct LoadOutcome: Sendable {
  package var model: String
  package var modelVersion: UInt32
  /// The numbers that the model computes with.
  package var precision: Precision
  package var tallies: LoadTallies
  /// From the measured part's beginning to the last answer to one of its requests, and of an open
  /// loop at least what its schedule plans; 0 where none was answered.
  package var seconds: Double
  /// What an open loop's schedule plans; 0 in a closed loop.
  package var plannedSeconds = 0.0
  /// From the measured part's beginning to the end of its sending.
  package var sendingSeconds = 0.0
  /// How the load's own thread spent the measured time; of several, the one that had the least to
  /// spare.
  package var client: ProcessorUse
  /// Connections that ended before the load did, and why the first of them did.
  package var connectionsLost: Int
  package var firstTrouble: String?
  package var intervals: [LoadInterval] = []
  package var isOpenLoop = false
  /// Requests of an open loop's schedule for which no connection had room until the load was over.
  package var neverSent = 0
  package var measuringBegan: Instant?
  /// Whether it was stopped before its end.
  package var wasInterrupted = false
  /// Nil where the load did not go on over them.
  package var outages: [Outage]?
  /// What each of several servers had of it, in the plan's order; without intervals.
  package var servers: [ServerShare] = []

  package struct ServerShare: Sendable {
    package let address: SocketAddress
    package let outcome: LoadOutcome
  }

  package var measured: LoadTally { tallies.measured }

  /// Whether every request was answered, once.
  package var isComplete: Bool {
    tallies.warmUp.unanswered == 0 && measured.unanswered == 0 && measured.answered > 0
      && tallies.duplicates == 0 && tallies.strays == 0
  }

  package var requestsPerSecond: Double { rate(measured.answered) }
  package var imagesPerSecond: Double { rate(measured.images) }

  /// Above this the figures show the client's limit and not the server's.
  package static let busyLimit = 0.95
  package var isLimitedByClient: Bool { client.taken >= Self.busyLimit }

  /// Whether what an open loop asked for was answered in the time that its schedule plans, but for
  /// this fraction: where a backlog is left at the end, the server takes less than it is sent.
  package func keepsUp(within fraction: Double) -> Bool {
    let asked = Double(measured.sent + neverSent)
    guard asked > 0, seconds > 0 else { return false }
    return Double(measured.answered) * plannedSeconds / seconds >= (1 - fraction) * asked
  }

  private func rate(_ count: Int) -> Double { seconds > 0 ? Double(count) / seconds : 0 }
}

extension LoadOutcome {
  /// One load of which several threads had a share; without its intervals.
  /// - Precondition: there is one.
  init(merging parts: [LoadOutcome]) {
    self = parts[0]
    guard parts.count > 1 else { return }
    for part in parts.dropFirst() {
      tallies.merge(part.tallies)
      connectionsLost += part.connectionsLost
      firstTrouble = firstTrouble ?? part.firstTrouble
      neverSent += part.neverSent
      wasInterrupted = wasInterrupted || part.wasInterrupted
    }
    let outages = parts.compactMap(\.outages)
    self.outages = outages.isEmpty ? nil : Outage.merged(outages)
    sendingSeconds = parts.map(\.sendingSeconds).max()!
    client = parts.map(\.client).max { $0.taken < $1.taken }!
    measuringBegan = parts.compactMap(\.measuringBegan).min()
    plannedSeconds = parts.map(\.plannedSeconds).max()!
    if let measuringBegan, let last = tallies.lastAnswer {
      seconds = max(Double(last.nanoseconds(since: measuringBegan)) * 1e-9, plannedSeconds)
    }
  }
}
