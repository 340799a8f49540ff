import EventLoop
import Synchronization

/// Where the loops leave work and workers fetch it: the one crossing from the loops to the workers.
package final class JobQueue: Sendable {
  private struct State {
    var scheduler: BatchScheduler
    var pace = Pace()
    var idleWorkers = 0
    /// Woken, but not here yet: they will want their share.
    var wokenWorkers = 0
    var isStopped = false
  }

  package enum Fetched { case batch, stop }

  private let state: Guarded<State>
  private let wakeups: Semaphore
  private let workerCount: UInt64
  /// How long it takes the workers to come to the end of what waits.
  private let backlogNanoseconds = Atomic<UInt64>(0)

  /// - Parameter workers: how many share the work.
  package init(_ scheduler: sending BatchScheduler, workers: Int = 1) throws(UVError) {
    workerCount = UInt64(max(1, workers))
    state = Guarded(State(scheduler: scheduler))
    wakeups = try Semaphore()
  }

  /// Adds jobs, in one turn of the lock, and wakes as many workers as they are worth.
  package func add(_ jobs: [Job]) {
    let wakes = state.withLock { state in
      for job in jobs { state.scheduler.enqueue(job) }
      publishBacklog(state)
      let wakes = state.scheduler.workersToWake(idle: state.idleWorkers)
      // Counted as busy from now on, so that the next turn does not wake them again.
      state.idleWorkers -= wakes
      state.wokenWorkers += wakes
      return wakes
    }
    for _ in 0..<wakes { wakeups.signal() }
  }

  /// Whether the request was still waiting and is now out of the queue.
  package func remove(_ request: RequestIndex) -> Bool {
    state.withLock { state in
      defer { publishBacklog(state) }
      return state.scheduler.remove(request)
    }
  }

  package var idleWorkers: Int { state.withLock { $0.idleWorkers } }

  package var queuedImages: Int { state.withLock { $0.scheduler.queuedImages } }

  /// How long a request that is queued now will wait, about: what waits already takes so long.
  package var waitMicroseconds: UInt64 { backlogNanoseconds.load(ordering: .relaxed) / 1_000 }

  private func publishBacklog(_ state: borrowing State) {
    let expected = state.scheduler.queuedNanoseconds / workerCount
    backlogNanoseconds.store(state.pace.nanoseconds(expected: expected), ordering: .relaxed)
  }

  /// Waits for something to do.
  /// - Parameter took: what the batch of the call before this one has taken, in nanoseconds.
  package func fetch(into batch: inout Batch, took: UInt64? = nil) -> Fetched {
    var wasWoken = false
    let last = took.flatMap { took in batch.expectedNanoseconds.map { ($0, took) } }
    while true {
      let found = state.withLock { state -> Fetched? in
        if !wasWoken, let last {
          state.pace.note(expectedNanoseconds: last.0, tookNanoseconds: last.1)
        }
        if wasWoken { state.wokenWorkers -= 1 }
        if state.isStopped { return .stop }
        let colleagues = state.idleWorkers + state.wokenWorkers
        state.scheduler.fill(
          &batch, now: .now, idleWorkers: colleagues, pace: state.pace)
        publishBacklog(state)
        if !batch.isEmpty { return .batch }
        state.idleWorkers += 1
        return nil
      }
      if let found { return found }
      wakeups.wait()
      wasWoken = true
    }
  }

  /// As `fetch` for a worker without a thread of its own: leaves the batch empty where nothing
  /// waits.
  package func poll(into batch: inout Batch, now: Instant) {
    state.withLock { state in
      state.scheduler.fill(&batch, now: now, idleWorkers: 0, pace: state.pace)
      publishBacklog(state)
    }
  }

  /// Every worker's next `fetch` returns `.stop`.
  package func stop() {
    let idle = state.withLock { state in
      state.isStopped = true
      defer { state.idleWorkers = 0 }
      state.wokenWorkers += state.idleWorkers
      return state.idleWorkers
    }
    for _ in 0..<idle { wakeups.signal() }
  }

  /// For tests.
  package func checkInvariants() { state.withLock { $0.scheduler.checkInvariants() } }
}
