import EventLoop
import Synchronization

/// What waits for the workers, told in time.
package struct Backlog: Equatable, Sendable {
  /// What one worker takes for it, as measured when the models were loaded.
  package var nanoseconds: UInt64 = 0
  /// The same of the batches that are being computed: when they began is not known here, so they
  /// count whole.
  package var runningNanoseconds: UInt64 = 0
  /// Whose it is.
  package var askerCount = 0
  /// Since when something has waited without a break; nil where nothing waits.
  package var standingSince: Instant?
  package var pace = Pace()
  package var workerCount = 1

  package init() {}

  /// How long a request will wait, about, that is queued now. As askers take turns, its own asker's
  /// requests are what it waits for, and as much again of each other asker; but no more than there
  /// is, and no less than the batches that are being computed.
  /// - Parameters:
  ///   - own: what its asker's requests take, its own included and those that are being computed,
  ///     in nanoseconds.
  ///   - unqueued: what has come in this turn and is not in the backlog yet.
  package func waitMicroseconds(own: UInt64, unqueued: UInt64 = 0) -> UInt64 {
    let (ofTurns, isOverflow) = own.multipliedReportingOverflow(by: UInt64(max(askerCount, 1)))
    let all = nanoseconds + unqueued + runningNanoseconds
    let expected = isOverflow ? all : max(runningNanoseconds, min(all, ofTurns))
    return pace.nanoseconds(expected: expected / UInt64(workerCount)) / 1_000
  }

  /// How long the batch takes, about, in which a request is computed. While others are computed,
  /// more comes that rides with it.
  package func computeMicroseconds(_ cost: ComputeCost, images: Int, imagesPerBatchMax: Int)
    -> UInt64
  {
    let alone = cost.nanoseconds(images: images)
    let full = max(alone, cost.nanoseconds(images: imagesPerBatchMax))
    return pace.nanoseconds(expected: min(full, alone + runningNanoseconds)) / 1_000
  }
}

/// A backlog that one thread writes at a time and any may read: its parts may be of different
/// times.
final class PublishedBacklog: Sendable {
  private let nanoseconds = Atomic<UInt64>(0)
  private let runningNanoseconds = Atomic<UInt64>(0)
  private let askerCount = Atomic<Int>(0)
  private let standingSince = Atomic<UInt64>(PublishedBacklog.none)
  private let paceFactor = Atomic<UInt64>(1.0.bitPattern)
  private let workerCount: Int

  private static let none = UInt64.max

  init(workerCount: Int) { self.workerCount = workerCount }

  func publish(_ scheduler: borrowing BatchScheduler, running: UInt64, _ pace: Pace) {
    runningNanoseconds.store(running, ordering: .relaxed)
    nanoseconds.store(scheduler.queuedNanoseconds, ordering: .relaxed)
    askerCount.store(scheduler.askerCount, ordering: .relaxed)
    let since = scheduler.standingSince?.nanoseconds ?? Self.none
    standingSince.store(since, ordering: .relaxed)
    paceFactor.store(pace.factor.bitPattern, ordering: .relaxed)
  }

  var backlog: Backlog {
    var backlog = Backlog()
    backlog.nanoseconds = nanoseconds.load(ordering: .relaxed)
    backlog.runningNanoseconds = runningNanoseconds.load(ordering: .relaxed)
    backlog.askerCount = askerCount.load(ordering: .relaxed)
    let since = standingSince.load(ordering: .relaxed)
    backlog.standingSince = since == Self.none ? nil : Instant(nanoseconds: since)
    backlog.pace = Pace(factor: Double(bitPattern: paceFactor.load(ordering: .relaxed)))
    backlog.workerCount = workerCount
    return backlog
  }
}
