import CUV

/// A moment on the system's monotonic clock, in nanoseconds since an arbitrary start.
///
/// Half the size of `ContinuousClock.Instant` and without its 128-bit arithmetic: one is taken
/// several times per request.
package struct Instant: Comparable, Sendable {
  package var nanoseconds: UInt64

  package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  package static var now: Instant { Instant(nanoseconds: uv_hrtime()) }

  package static func < (left: Instant, right: Instant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  package func advanced(byMicroseconds microseconds: UInt64) -> Instant {
    Instant(nanoseconds: nanoseconds &+ microseconds &* 1_000)
  }

  package func advanced(byNanoseconds more: UInt64) -> Instant {
    Instant(nanoseconds: nanoseconds &+ more)
  }

  package func advanced(by duration: Duration) -> Instant {
    advanced(byMicroseconds: duration.wholeMicroseconds)
  }

  /// 0 where `earlier` is not earlier.
  package func microseconds(since earlier: Instant) -> UInt64 {
    nanoseconds(since: earlier) / 1_000
  }

  /// 0 where `earlier` is not earlier.
  package func nanoseconds(since earlier: Instant) -> UInt64 {
    self > earlier ? nanoseconds - earlier.nanoseconds : 0
  }

  /// Whether at least `duration` lies between `earlier` and this.
  package func isAtLeast(_ duration: Duration, after earlier: Instant) -> Bool {
    self >= earlier.advanced(by: duration)
  }
}

extension Duration {
  /// Rounded down; 0 for a negative duration.
  package var wholeMicroseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    return UInt64(seconds) * 1_000_000 + UInt64(attoseconds / 1_000_000_000_000)
  }

  /// Rounded up, so that a timer never fires early.
  package var wholeMilliseconds: UInt64 { (wholeMicroseconds + 999) / 1_000 }
}
