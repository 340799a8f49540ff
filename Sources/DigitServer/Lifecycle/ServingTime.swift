import EventLoop

/// The time during which the server could serve: it stands still while the process does. Peers that
/// spoke in time are not taken for silent because the process was stopped or its machine suspended.
package struct ServingTime {
  /// What time-outs are counted by.
  package private(set) var now: Instant
  private var last: Instant

  /// More than this between two looks is no time in which anything could have been read.
  package static let stepMax = Duration.seconds(1)

  package init(now: Instant) {
    self.now = now
    last = now
  }

  /// To be called several times a second.
  /// - Returns: the new `now`.
  package mutating func advance(to real: Instant) -> Instant {
    let passed = Duration.microseconds(Int64(real.microseconds(since: last)))
    now = now.advanced(by: min(passed, Self.stepMax))
    last = real
    return now
  }
}
