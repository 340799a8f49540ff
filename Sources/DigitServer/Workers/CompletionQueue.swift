import EventLoop

/// What became of a part of a request.
package struct Completion {
  package enum Outcome: Equatable, Sendable {
    case computed
    /// It would have come after the deadline.
    case expired
    /// It had waited too long in a queue that did not empty.
    case outdated
  }

  let request: RequestIndex
  let imageCount: Int
  let outcome: Outcome
  /// The images of the batch that this is the first of; 0 where it is not the first. So whoever
  /// reads completions can count the batches.
  let batchImageCount: Int
  let started: Instant
  let finished: Instant

  init(
    _ segment: BatchSegment, _ outcome: Outcome, batchImageCount: Int, started: Instant,
    finished: Instant
  ) {
    request = segment.request
    imageCount = segment.count
    self.outcome = outcome
    self.batchImageCount = batchImageCount
    self.started = started
    self.finished = finished
  }
}

/// Where workers leave a loop's results and the loop fetches them: the one crossing back.
package final class CompletionQueue: Sendable {
  private let completions: Guarded<[Completion]>

  package init(capacity: Int) {
    var empty: [Completion] = []
    empty.reserveCapacity(capacity)
    completions = Guarded(empty)
  }

  /// Adds those parts of a batch that are `loop`'s.
  /// - Returns: whether the queue was empty before, and is not now: the loop must be woken then.
  func add(_ result: BatchResult, of loop: LoopIndex) -> Bool {
    completions.withLock { completions in
      let wasEmpty = completions.isEmpty
      result.forEachCompletion { segment, completion in
        if segment.loop == loop { completions.append(completion) }
      }
      return wasEmpty && !completions.isEmpty
    }
  }

  /// Swaps the queue's contents with `other`, which must be empty and keeps its memory.
  func swap(with other: inout [Completion]) {
    precondition(other.isEmpty)
    completions.withLock { Swift.swap(&$0, &other) }
  }
}

/// What has become of requests' parts in a batch, and when.
enum BatchResult {
  case computed(Batch, started: Instant, finished: Instant)
  case undone(Batch.Undone, now: Instant)

  func forEachCompletion(_ body: (BatchSegment, Completion) -> Void) {
    switch self {
    case .undone(let undone, let now):
      for (segment, outcome) in undone {
        body(
          segment, Completion(segment, outcome, batchImageCount: 0, started: now, finished: now))
      }
    case .computed(let batch, let started, let finished):
      for (index, segment) in batch.segments.enumerated() {
        body(
          segment,
          Completion(
            segment, .computed, batchImageCount: index == 0 ? batch.imageCount : 0,
            started: started, finished: finished))
      }
    }
  }
}
