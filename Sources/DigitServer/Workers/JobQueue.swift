import EventLoop

/// Where the loops leave work and workers fetch it: the one crossing from the loops to the workers.
package final class JobQueue: Sendable {
  private struct State {
    var scheduler: BatchScheduler
    var idleWorkers = 0
    /// Woken, but not here yet: they will want their share.
    var wokenWorkers = 0
    var isStopped = false
  }

  package enum Fetched { case batch, stop }

  private let state: Guarded<State>
  private let wakeups: Semaphore

  package init(_ scheduler: sending BatchScheduler) throws(UVError) {
    state = Guarded(State(scheduler: scheduler))
    wakeups = try Semaphore()
  }

  /// Adds jobs, in one turn of the lock, and wakes as many workers as they are worth.
  package func add(_ jobs: [Job]) {
    let wakes = state.withLock { state in
      for job in jobs { state.scheduler.enqueue(job) }
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
    state.withLock { $0.scheduler.remove(request) }
  }

  package var idleWorkers: Int { state.withLock { $0.idleWorkers } }

  package var queuedImages: Int { state.withLock { $0.scheduler.queuedImages } }

  /// Waits for something to do.
  package func fetch(into batch: inout Batch) -> Fetched {
    var wasWoken = false
    while true {
      let found = state.withLock { state -> Fetched? in
        if wasWoken { state.wokenWorkers -= 1 }
        if state.isStopped { return .stop }
        let colleagues = state.idleWorkers + state.wokenWorkers
        state.scheduler.fill(&batch, now: .now, idleWorkers: colleagues)
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
    state.withLock { $0.scheduler.fill(&batch, now: now, idleWorkers: 0) }
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
