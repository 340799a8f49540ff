import EventLoop

/// Decides when a connection has stood still for too long (SPEC section 6). It is asked now and
/// then and compares what it sees with what it saw, so that the hot path keeps no times.
package struct ConnectionClock {
  package struct Observation {
    package var phase: ConnectionState.Phase
    /// The whole server is coming to its end.
    package var serverIsDraining: Bool
    /// Frame headers read so far.
    package var frameCount: UInt64
    /// With its rest still to come; not where we ourselves have stopped reading.
    package var isMidFrame: Bool
    package var requestsInFlight: Int
    package var unsentByteCount: Int

    package init(
      phase: ConnectionState.Phase, serverIsDraining: Bool = false, frameCount: UInt64 = 0,
      isMidFrame: Bool = false, requestsInFlight: Int = 0, unsentByteCount: Int = 0
    ) {
      self.phase = phase
      self.serverIsDraining = serverIsDraining
      self.frameCount = frameCount
      self.isMidFrame = isMidFrame
      self.requestsInFlight = requestsInFlight
      self.unsentByteCount = unsentByteCount
    }
  }

  package enum Action: Equatable {
    case wait
    /// The client has had the time to hear GOAWAY and does not close: it is done for.
    case endSending
    /// TIMED_OUT with this message.
    case refuse(String)
    /// Nobody would read an ERROR.
    case close
  }

  private let handshakeTimeout: Duration
  private let frameTimeout: Duration
  private let idleTimeout: Duration
  private let writeStallTimeout: Duration
  private let lingerTimeout: Duration

  private var lastFrameCount: UInt64 = 0
  private var lastFrame: Instant
  private var unfinishedFrameSince: Instant?
  private var lastUnsentByteCount = 0
  private var lastSending: Instant
  private var finishedSince: Instant?
  private var drainedSince: Instant?

  package init(limits: ServerLimits, now: Instant) {
    handshakeTimeout = limits.handshakeTimeout
    frameTimeout = limits.frameTimeout
    idleTimeout = limits.idleTimeout
    writeStallTimeout = limits.writeStallTimeout
    lingerTimeout = limits.lingerTimeout
    lastFrame = now
    lastSending = now
  }

  package mutating func check(_ seen: Observation, now: Instant) -> Action {
    note(seen, now: now)
    if let finishedSince, now.isAtLeast(lingerTimeout, after: finishedSince) { return .close }
    if seen.unsentByteCount > 0, now.isAtLeast(writeStallTimeout, after: lastSending) {
      return .close
    }
    guard seen.phase != .finished else { return .wait }
    if let unfinishedFrameSince, now.isAtLeast(frameTimeout, after: unfinishedFrameSince) {
      return .refuse("expected the rest of a frame within \(frameTimeout)")
    }
    if let drainedSince, now.isAtLeast(lingerTimeout, after: drainedSince) { return .endSending }
    return checkSilence(seen, now: now)
  }

  private func checkSilence(_ seen: Observation, now: Instant) -> Action {
    if seen.phase == .greeting {
      return now.isAtLeast(handshakeTimeout, after: lastFrame)
        ? .refuse("expected HELLO or HEALTH within \(handshakeTimeout)") : .wait
    }
    let isIdle = seen.requestsInFlight == 0 && !seen.isMidFrame && seen.unsentByteCount == 0
    return isIdle && now.isAtLeast(idleTimeout, after: lastFrame)
      ? .refuse("expected a sign of life within \(idleTimeout)") : .wait
  }

  private mutating func note(_ seen: Observation, now: Instant) {
    let isSameFrame = seen.frameCount == lastFrameCount
    if !isSameFrame || seen.requestsInFlight > 0 { lastFrame = now }
    if seen.isMidFrame {
      if !isSameFrame || unfinishedFrameSince == nil { unfinishedFrameSince = now }
    } else {
      unfinishedFrameSince = nil
    }
    if seen.unsentByteCount == 0 || seen.unsentByteCount < lastUnsentByteCount {
      lastSending = now
    }
    // Lingering begins when everything is sent: until then a slow reader has the time of a stall.
    let isSent = seen.requestsInFlight == 0 && seen.unsentByteCount == 0
    drainedSince = isSent && seen.serverIsDraining ? drainedSince ?? now : nil
    finishedSince = isSent && seen.phase == .finished ? finishedSince ?? now : nil
    lastFrameCount = seen.frameCount
    lastUnsentByteCount = seen.unsentByteCount
  }
}
