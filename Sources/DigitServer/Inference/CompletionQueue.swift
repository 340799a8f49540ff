import EventLoop

/// What became of a part of a request.
struct Completion {
  enum Outcome {
    case computed
    /// The deadline passed before a worker began.
    case expired
  }

  let request: RequestIndex
  let imageCount: Int
  let outcome: Outcome
  /// The images of the batch that this is the first of; 0 where it is not the first. So whoever
  /// reads completions can count the batches.
  let batchImageCount: Int
  let started: Instant
  let finished: Instant
}

/// Where workers leave results and the loop fetches them: the one crossing back.
final class CompletionQueue: Sendable {
  private let completions: Guarded<[Completion]>

  init(capacity: Int) {
    var empty: [Completion] = []
    empty.reserveCapacity(capacity)
    completions = Guarded(empty)
  }

  /// Whether the queue was empty before: only then must the loop be woken.
  func add(_ batch: Batch, started: Instant, finished: Instant) -> Bool {
    completions.withLock { completions in
      let wasEmpty = completions.isEmpty
      for segment in batch.expired {
        completions.append(
          Completion(
            segment, .expired, batchImageCount: 0, started: started, finished: started))
      }
      for (index, segment) in batch.segments.enumerated() {
        completions.append(
          Completion(
            segment, .computed, batchImageCount: index == 0 ? batch.imageCount : 0,
            started: started, finished: finished))
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

extension Completion {
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
