import EventLoop

/// Where the loops leave work and workers fetch it: the one crossing from the loops to the workers.
package final class JobQueue: Sendable {
  private struct State {
    var scheduler: BatchScheduler
    var pace = Pace()
    /// What the workers' batches were expected to take.
    var runningNanoseconds: UInt64 = 0
    var idleWorkers = 0
    /// Woken, but not here yet: they will want their share.
    var wokenWorkers = 0
    var isStopped = false
  }

  package enum Fetched { case batch, stop }

  private let state: Guarded<State>
  private let wakeups: Semaphore
  private let published: PublishedBacklog

  /// - Parameter workers: how many share the work.
  package init(_ scheduler: sending BatchScheduler, workers: Int = 1) throws(UVError) {
    published = PublishedBacklog(workerCount: max(1, workers))
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

  /// When that came which has waited longest and that no worker has begun.
  var oldestArrival: Instant? { state.withLock { $0.scheduler.oldestArrival } }

  /// What waits, by model.
  var waiting: [WaitingWork] { state.withLock { $0.scheduler.waiting } }

  /// What waits, without a lock.
  package var backlog: Backlog { published.backlog }

  private func publishBacklog(_ state: borrowing State) {
    published.publish(state.scheduler, running: state.runningNanoseconds, state.pace)
  }

  /// Waits for something to do.
  /// - Parameter took: what the batch of the call before this one has taken, in nanoseconds.
  package func fetch(into batch: inout Batch, took: UInt64? = nil) -> Fetched {
    var wasWoken = false
    let last = took.flatMap { took in batch.expectedNanoseconds.map { ($0, took) } }
    // How long a cascade takes depends on its images, and here are those that take the longest.
    let tellsPace = batch.model?.plan.isCascade == false
    while true {
      let found = state.withLock { state -> Fetched? in
        if !wasWoken, let last {
          if tellsPace { state.pace.note(expectedNanoseconds: last.0, tookNanoseconds: last.1) }
          state.runningNanoseconds -= last.0
        }
        if wasWoken { state.wokenWorkers -= 1 }
        if state.isStopped { return .stop }
        let colleagues = state.idleWorkers + state.wokenWorkers
        state.scheduler.fill(
          &batch, now: .now, idleWorkers: colleagues, pace: state.pace)
        state.runningNanoseconds += batch.expectedNanoseconds ?? 0
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

  /// Takes out what has waited too long, to be handed back.
  package func takeLate(into batch: inout Batch, now: Instant) {
    state.withLock { state in
      state.scheduler.takeLate(into: &batch, now: now, pace: state.pace)
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
