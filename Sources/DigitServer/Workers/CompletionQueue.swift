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
  /// - Returns: whether the queue was empty before: only then must the loop be woken.
  func add(_ result: BatchResult, of loop: LoopIndex) -> Bool {
    completions.withLock { completions in
      let wasEmpty = completions.isEmpty
      result.forEachCompletion { segment, completion in
        if segment.loop == loop { completions.append(completion) }
      }
      return wasEmpty
    }
  }

  /// Swaps the queue's contents with `other`, which must be empty and keeps its memory.
  func swap(with other: inout [Completion]) {
    precondition(other.isEmpty)
    completions.withLock { Swift.swap(&$0, &other) }
  }
}

/// A batch that a worker is done with, and when.
struct BatchResult {
  let batch: Batch
  let started: Instant
  let finished: Instant

  func forEachCompletion(_ body: (BatchSegment, Completion) -> Void) {
    for (segment, outcome) in batch.undone {
      body(
        segment,
        Completion(segment, outcome, batchImageCount: 0, started: started, finished: started))
    }
    for (index, segment) in batch.segments.enumerated() {
      body(
        segment,
        Completion(
          segment, .computed, batchImageCount: index == 0 ? batch.imageCount : 0,
          started: started, finished: finished))
    }
  }
}
