import EventLoop

/// How long requests without a deadline may wait: bounded while the queue has not been empty for an
/// interval, and not bounded before, so that a burst is worked off and a load that is too high is
/// not (the controlled delay of Maurer, "Fail at Scale", ACM Queue 13(8), 2015).
package struct QueueAge: Equatable, Sendable {
  package struct Limits: Equatable, Sendable {
    /// Zero for no bound.
    package var ageMax = Duration.zero
    package var interval = Duration.zero

    package init(ageMax: Duration = .zero, interval: Duration = .zero) {
      self.ageMax = ageMax
      self.interval = interval
    }
  }

  private let limits: Limits
  /// Nil where nothing waits.
  package private(set) var standingSince: Instant?

  package init(_ limits: Limits) { self.limits = limits }

  /// Something waits, and nothing did before.
  package mutating func began(at now: Instant) { standingSince = now }

  /// Nothing waits any more.
  package mutating func ended() { standingSince = nil }

  /// Whether what came at `arrived` has waited too long.
  package func isExceeded(by arrived: Instant, now: Instant) -> Bool {
    limits.bounds(standingSince: standingSince, now: now)
      && now > arrived.advanced(by: limits.ageMax)
  }
}

extension QueueAge.Limits {
  /// Whether a queue that has stood since then bounds the age of what is in it.
  package func bounds(standingSince: Instant?, now: Instant) -> Bool {
    guard ageMax > .zero, let standingSince else { return false }
    return now.isAtLeast(interval, after: standingSince)
  }
}
