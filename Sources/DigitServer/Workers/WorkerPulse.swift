import EventLoop

/// What one worker computes at the moment: its thread writes, whoever watches it reads.
package final class WorkerPulse: Sendable {
  private struct State {
    /// Counts batches.
    var batch: UInt64 = 0
    var isComputing = false
    var parts: [(loop: LoopIndex, request: RequestIndex)] = []
  }

  private let state: Guarded<State>

  /// - Parameter segmentsMax: parts of a batch, for which there is memory from now on.
  package init(segmentsMax: Int) {
    var empty = State()
    empty.parts.reserveCapacity(segmentsMax)
    state = Guarded(empty)
  }

  package func begin(_ batch: borrowing Batch) {
    state.withLock { state in
      state.batch += 1
      state.isComputing = true
      state.parts.removeAll(keepingCapacity: true)
      for segment in batch.segments { state.parts.append((segment.loop, segment.request)) }
    }
  }

  package func end() { state.withLock { $0.isComputing = false } }

  /// The number of the batch that is being computed; nil while none is.
  package var batch: UInt64? { state.withLock { $0.isComputing ? $0.batch : nil } }

  /// Those requests of a batch that are a loop's; none once it has come to its end.
  func requests(of batch: UInt64, in loop: LoopIndex) -> [RequestIndex] {
    state.withLock { state in
      guard state.isComputing, state.batch == batch else { return [] }
      return state.parts.filter { $0.loop == loop }.map(\.request)
    }
  }
}
