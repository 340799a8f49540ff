import EventLoop

/// Finds workers that do not come to the end of a batch.
package struct StallWatch {
  package enum Event: Equatable {
    case stalls(worker: Int, batch: UInt64)
    case goesOn(worker: Int)
  }

  private enum Worker: Equatable {
    case idle
    case computing(batch: UInt64, since: Instant)
    case stalled(batch: UInt64)
  }

  private let patience: Duration
  private var workers: [Worker]

  /// - Parameter patience: how long a batch may be seen at work.
  package init(workerCount: Int, patience: Duration) {
    self.patience = patience
    workers = Array(repeating: .idle, count: workerCount)
  }

  package var stalledCount: Int {
    workers.count { if case .stalled = $0 { true } else { false } }
  }

  /// - Parameters:
  ///   - now: stands still while the process does.
  ///   - batch: the number of a worker's batch, nil where it has none.
  package mutating func look(now: Instant, batch: (_ worker: Int) -> UInt64?) -> [Event] {
    var events: [Event] = []
    for index in workers.indices {
      let next = state(of: workers[index], batch(index), now: now)
      switch (workers[index], next) {
      case (.stalled, .idle), (.stalled, .computing): events.append(.goesOn(worker: index))
      case (.idle, .stalled(let batch)), (.computing, .stalled(let batch)):
        events.append(.stalls(worker: index, batch: batch))
      case (.stalled, .stalled), (.idle, .idle), (.idle, .computing), (.computing, .idle),
        (.computing, .computing):
        break
      }
      workers[index] = next
    }
    return events
  }

  private func state(of worker: Worker, _ batch: UInt64?, now: Instant) -> Worker {
    guard let batch else { return .idle }
    switch worker {
    case .stalled(batch): return worker
    case .computing(batch, let since):
      return now.isAtLeast(patience, after: since) ? .stalled(batch: batch) : worker
    case .idle, .computing, .stalled: return .computing(batch: batch, since: now)
    }
  }
}
