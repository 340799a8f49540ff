import EventLoop

/// When a name is looked up again: at an interval; sooner where a server behind it fails, for it
/// may be there no more; and where the lookup fails, soon and then less and less often.
///
///     lookingUp ── found, failed ─► resting ── time is up ─► lookingUp
package struct LookupClock {
  /// The least time between two lookups, whatever happens; less where the interval is.
  package static let pauseMin = Duration.seconds(1)

  private let interval: Duration
  private let pause: Duration
  private var phase = Phase.lookingUp(isOutdated: false)
  private var failuresInARow = 0

  private enum Phase: Equatable {
    /// - isOutdated: a server has failed since: what is found may be from before.
    case lookingUp(isOutdated: Bool)
    case resting(since: Instant, until: Instant)
  }

  /// The first lookup begins at once.
  package init(interval: Duration) {
    self.interval = interval
    pause = min(Self.pauseMin, interval)
  }

  package enum Outcome: Equatable { case found, failed }

  /// A lookup has ended.
  /// - Returns: when to call `timeIsUp`.
  package mutating func ended(_ outcome: Outcome, now: Instant) -> Instant {
    let wait: Duration
    switch (outcome, phase) {
    case (.found, .lookingUp(isOutdated: true)):
      failuresInARow = 0
      wait = pause
    case (.found, _):
      failuresInARow = 0
      wait = interval
    case (.failed, _):
      wait = min(pause * (1 << min(failuresInARow, 20)), interval)
      failuresInARow += 1
    }
    let until = now.advanced(by: wait)
    phase = .resting(since: now, until: until)
    return until
  }

  /// A server behind the name has failed, or leaves.
  /// - Returns: when to call `timeIsUp`, where that is sooner than was said last.
  package mutating func serverFailed(now: Instant) -> Instant? {
    switch phase {
    case .lookingUp:
      phase = .lookingUp(isOutdated: true)
      return nil
    case .resting(let since, let until):
      let sooner = max(now, since.advanced(by: pause))
      guard failuresInARow == 0, sooner < until else { return nil }
      phase = .resting(since: since, until: sooner)
      return sooner
    }
  }

  /// - Returns: whether to look up now.
  package mutating func timeIsUp() -> Bool {
    guard case .resting = phase else { return false }
    phase = .lookingUp(isOutdated: false)
    return true
  }
}
