import EventLoop

/// Decides when an HTTP connection has stood still, or dawdled, for too long. As `ConnectionClock`
/// it is asked now and then and compares what it sees with what it saw.
///
/// A head and a body each have a time in all, and a body a least rate besides, so that a client
/// which sends a byte now and then gains nothing by it.
package struct HTTPClock {
  package enum Stage: Equatable, Sendable {
    /// Between requests.
    case idle
    case head
    case body
    /// The request is whole and its answer is not.
    case working
    /// The last answer is written; what still comes is read over.
    case lingering
  }

  package struct Observation {
    package var stage: Stage
    /// The whole server is coming to its end.
    package var serverIsDraining: Bool
    /// Requests begun so far.
    package var requestCount: UInt64
    package var receivedByteCount: UInt64
    package var unsentByteCount: Int
    /// Whether we ourselves have stopped reading.
    package var isPaused: Bool

    package init(
      stage: Stage, serverIsDraining: Bool = false, requestCount: UInt64 = 0,
      receivedByteCount: UInt64 = 0, unsentByteCount: Int = 0, isPaused: Bool = false
    ) {
      self.stage = stage
      self.serverIsDraining = serverIsDraining
      self.requestCount = requestCount
      self.receivedByteCount = receivedByteCount
      self.unsentByteCount = unsentByteCount
      self.isPaused = isPaused
    }
  }

  package enum Action: Equatable {
    case wait
    /// 408 with this message, then the end.
    case refuse(String)
    case close
    /// The client reads nothing, so nobody would read an answer.
    case cut
  }

  private let limits: ServerLimits
  private var last: Observation
  private var stageBegan: Instant
  private var byteCountAtStage: UInt64 = 0
  private var lastReceiving: Instant
  private var lastSending: Instant

  package init(limits: ServerLimits, now: Instant) {
    self.limits = limits
    last = Observation(stage: .idle)
    stageBegan = now
    lastReceiving = now
    lastSending = now
  }

  package mutating func check(_ seen: Observation, now: Instant) -> Action {
    note(seen, now: now)
    if seen.unsentByteCount > 0 {
      return now.isAtLeast(limits.writeStallTimeout, after: lastSending) ? .cut : .wait
    }
    switch seen.stage {
    case .working: return .wait
    case .idle: return now.isAtLeast(limits.http.idleTimeout, after: stageBegan) ? .close : .wait
    case .lingering: return now.isAtLeast(limits.lingerTimeout, after: stageBegan) ? .close : .wait
    case .head:
      return now.isAtLeast(limits.http.headTimeout, after: stageBegan)
        ? .refuse("expected a request's head within \(limits.http.headTimeout)")
        : checkDrain(seen, now: now)
    case .body: return checkBody(seen, now: now)
    }
  }

  /// A drain does not wait as long for the rest of a request that does not come.
  private func checkDrain(_ seen: Observation, now: Instant) -> Action {
    let stall = limits.drainStallTimeout
    guard seen.serverIsDraining, now.isAtLeast(stall, after: lastReceiving) else { return .wait }
    return .refuse("expected the rest of a request within \(stall) of a shutdown")
  }

  private func checkBody(_ seen: Observation, now: Instant) -> Action {
    if now.isAtLeast(limits.http.bodyTimeout, after: stageBegan) {
      return .refuse("expected a request's body within \(limits.http.bodyTimeout)")
    }
    guard now.isAtLeast(limits.http.bodyRateGrace, after: stageBegan) else {
      return checkDrain(seen, now: now)
    }
    let least = limits.http.bodyByteRateMin
    let byteCount = seen.receivedByteCount - byteCountAtStage
    guard byteCount * 1_000_000 < least * now.microseconds(since: stageBegan) else {
      return checkDrain(seen, now: now)
    }
    return .refuse("expected a request's body at \(least) bytes a second or more")
  }

  private mutating func note(_ seen: Observation, now: Instant) {
    // A pause is the server's: the time that it takes is not the client's.
    let isNext = seen.stage != last.stage || seen.requestCount != last.requestCount
    let hasWaitedForUs = seen.isPaused || last.isPaused || last.unsentByteCount > 0
    if isNext || (hasWaitedForUs && seen.stage != .lingering) {
      stageBegan = now
      byteCountAtStage = seen.receivedByteCount
    }
    if isNext || seen.receivedByteCount != last.receivedByteCount { lastReceiving = now }
    if seen.unsentByteCount == 0 || seen.unsentByteCount < last.unsentByteCount
      || last.unsentByteCount == 0
    {
      lastSending = now
    }
    last = seen
  }
}
