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
    /// Bytes read so far.
    package var receivedByteCount: UInt64
    /// With its rest still to come; not where we ourselves have stopped reading.
    package var isMidFrame: Bool
    package var requestsInFlight: Int
    package var unsentByteCount: Int

    package init(
      phase: ConnectionState.Phase, serverIsDraining: Bool = false, frameCount: UInt64 = 0,
      receivedByteCount: UInt64 = 0, isMidFrame: Bool = false, requestsInFlight: Int = 0,
      unsentByteCount: Int = 0
    ) {
      self.phase = phase
      self.serverIsDraining = serverIsDraining
      self.frameCount = frameCount
      self.receivedByteCount = receivedByteCount
      self.isMidFrame = isMidFrame
      self.requestsInFlight = requestsInFlight
      self.unsentByteCount = unsentByteCount
    }
  }

  package enum Action: Equatable {
    case wait
    /// The connection has reached its age: GOAWAY, and it is drained.
    case goAway
    /// The client has had the time to hear GOAWAY and does not close: end our side.
    case endSending
    /// TIMED_OUT with this message.
    case refuse(String)
    /// The client has had the time to read our last frame.
    case close
    /// The client reads nothing, so nobody would read an ERROR.
    case cut
  }

  private let limits: ServerLimits
  private var lastFrameCount: UInt64 = 0
  private var lastFrame: Instant
  private var lastReceivedByteCount: UInt64 = 0
  private var lastReceiving: Instant
  private var unfinishedFrameSince: Instant?
  private var lastUnsentByteCount = 0
  private var lastSending: Instant
  private var finishedSince: Instant?
  private var drainedSince: Instant?
  private var drainingSince: Instant?
  private let expires: Instant?
  private let began: Instant

  /// - Parameter expires: when the connection takes no new requests any more; nil for never.
  package init(limits: ServerLimits, expires: Instant? = nil, now: Instant) {
    self.limits = limits
    self.expires = expires
    began = now
    lastFrame = now
    lastReceiving = now
    lastSending = now
  }

  package mutating func check(_ seen: Observation, now: Instant) -> Action {
    note(seen, now: now)
    if let finishedSince, now.isAtLeast(limits.lingerTimeout, after: finishedSince) {
      return .close
    }
    if seen.unsentByteCount > 0, now.isAtLeast(limits.writeStallTimeout, after: lastSending) {
      return .cut
    }
    guard !seen.phase.isLast else { return .wait }
    if let reason = unfinishedFrameReason(seen, now: now) { return .refuse(reason) }
    if let drainedSince, now.isAtLeast(limits.lingerTimeout, after: drainedSince) {
      return .endSending
    }
    // When the server itself comes to its end, it cuts what is left.
    if let drainingSince, now.isAtLeast(limits.drainGrace, after: drainingSince) { return .close }
    if seen.phase == .serving, let expires, now >= expires { return .goAway }
    return checkSilence(seen, now: now)
  }

  /// A drain does not wait as long for a payload that does not come.
  private func unfinishedFrameReason(_ seen: Observation, now: Instant) -> String? {
    guard let unfinishedFrameSince else { return nil }
    if now.isAtLeast(limits.frameTimeout, after: unfinishedFrameSince) {
      return "expected the rest of a frame within \(limits.frameTimeout)"
    }
    let stall = limits.drainStallTimeout
    let isStalled = seen.serverIsDraining && now.isAtLeast(stall, after: lastReceiving)
    return isStalled ? "expected the rest of a frame within \(stall) of a shutdown" : nil
  }

  private func checkSilence(_ seen: Observation, now: Instant) -> Action {
    if seen.phase == .greeting {
      if now.isAtLeast(limits.handshakeTimeout, after: lastFrame) {
        return .refuse("expected HELLO or HEALTH within \(limits.handshakeTimeout)")
      }
      // Who only asks for health does not keep a place for ever.
      return now.isAtLeast(limits.idleTimeout, after: began)
        ? .refuse("expected HELLO within \(limits.idleTimeout)") : .wait
    }
    let isIdle = seen.requestsInFlight == 0 && !seen.isMidFrame && seen.unsentByteCount == 0
    return isIdle && now.isAtLeast(limits.idleTimeout, after: lastFrame)
      ? .refuse("expected a sign of life within \(limits.idleTimeout)") : .wait
  }

  private mutating func note(_ seen: Observation, now: Instant) {
    let isSameFrame = seen.frameCount == lastFrameCount
    if !isSameFrame || seen.requestsInFlight > 0 { lastFrame = now }
    if seen.receivedByteCount != lastReceivedByteCount { lastReceiving = now }
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
    let isDraining = seen.serverIsDraining || seen.phase == .draining
    let isDrained = isSent && isDraining && !seen.isMidFrame
    let isAged = seen.phase == .draining && !seen.serverIsDraining
    drainingSince = isAged ? drainingSince ?? now : nil
    drainedSince = isDrained ? drainedSince ?? now : nil
    finishedSince = isSent && seen.phase.isLast ? finishedSince ?? now : nil
    lastFrameCount = seen.frameCount
    lastReceivedByteCount = seen.receivedByteCount
    lastUnsentByteCount = seen.unsentByteCount
  }
}

extension ConnectionState.Phase {
  /// Whether our last frame is written.
  fileprivate var isLast: Bool {
    switch self {
    case .greeting, .barred, .serving, .draining, .answering: false
    case .lingering, .sending: true
    }
  }
}
