import EventLoop

/// Work that would hold a loop up, such as decoding a picture: done by threads of its own in the
/// order in which it came. How much may wait is bounded.
package final class BackgroundQueue: Sendable {
  private struct State {
    var waiting: [@Sendable () -> Void] = []
    var isStopped = false
  }

  private let state = Guarded(State())
  private let wakeups: Semaphore
  private let capacity: Int
  nonisolated(unsafe) private var threads: [WorkerThread] = []

  package enum Priority: Sendable {
    case normal
    /// Gets on where processors are idle, and slowly where they are not.
    case low
  }

  /// - Throws: `UVError` when the system gives no more threads.
  package init(
    threadCount: Int, capacity: Int, priority: Priority = .normal
  ) throws(UVError) {
    self.capacity = capacity
    wakeups = try Semaphore()
    do {
      for _ in 0..<threadCount {
        threads.append(
          try WorkerThread { [unowned self] in
            switch priority {
            case .normal: break
            case .low: WorkerThread.lowerPriority()
            }
            run()
          })
      }
    } catch {
      stop()
      throw error
    }
  }

  /// From any thread.
  /// - Returns: false where as much waits already as may.
  package func add(_ work: @escaping @Sendable () -> Void) -> Bool {
    let isAdded = state.withLock { state in
      guard !state.isStopped, state.waiting.count < capacity else { return false }
      state.waiting.append(work)
      return true
    }
    if isAdded { wakeups.signal() }
    return isAdded
  }

  package var waitingCount: Int { state.withLock { $0.waiting.count } }

  /// Drops what waits, lets each thread end what it does, and waits for it. Once, by its owner.
  package func stop() {
    state.withLock { state in
      state.isStopped = true
      state.waiting = []
    }
    for _ in threads { wakeups.signal() }
    for thread in threads { thread.join() }
    threads = []
  }

  private func run() {
    while true {
      wakeups.wait()
      // A stop leaves nothing behind, so whoever is woken and finds nothing is done.
      let work = state.withLock { state in
        state.waiting.isEmpty ? nil : state.waiting.removeFirst()
      }
      guard let work else { return }
      work()
    }
  }
}
