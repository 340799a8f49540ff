import EventLoop

/// How long a loop waits after a turn, while requests queue up, before it asks for events again:
/// what comes meanwhile is read in one turn instead of in many.
///
/// Where a worker has the same processor, each turn takes it from the worker, and the fewer
/// requests a turn brings the more of the processor goes into changing hands. Network cards hold
/// interrupts back for the same reason, and io_uring its completions (`min_wait_usec`). Nobody is
/// served later for it: what waits is worth many rests of the workers' time.
package enum TurnRest {
  /// A rest is no longer than this part of what one worker has to do.
  private static let partOfWait: UInt64 = 8

  /// In nanoseconds; 0 where the queue has not stood for long enough to bound the age of what is
  /// in it.
  package static func nanoseconds(
    _ backlog: Backlog, _ limits: QueueAge.Limits, now: Instant
  ) -> UInt64 {
    guard limits.bounds(standingSince: backlog.standingSince, now: now) else { return 0 }
    let wait = backlog.pace.nanoseconds(expected: backlog.nanoseconds / UInt64(backlog.workerCount))
    return min(Loop.restNanosecondsMax, wait / partOfWait)
  }
}
