import EventLoop

/// Computes requests on the loop's own thread: waking a worker and being woken by it costs more
/// than a small network's one image. What stays within the budget is computed here, and delays the
/// other connections by no more. Of a cascade that is the first stage.
final class InlineComputation {
  private let runner: BatchRunner
  private let budgetNanoseconds: UInt64
  private let clock: () -> Instant
  private var batch: Batch
  /// What the last run has left for the workers, who begin it anew: images that the first stage of
  /// a cascade does not answer.
  private(set) var unanswered: [Job] = []

  init(
    limits: ServerLimits, loop: LoopIndex, slab: ImageSlab, clock: @escaping () -> Instant
  ) {
    // Of the other loops' slabs nothing is read here.
    runner = BatchRunner(
      slabs: Array(repeating: slab, count: Int(loop) + 1),
      imagesPerBatchMax: limits.imagesPerBatchMax, workspaceByteCount: 0)
    batch = Batch(segmentsMax: limits.imagesPerBatchMax)
    unanswered.reserveCapacity(limits.requestsMax)
    budgetNanoseconds = limits.inlineBudget.wholeMicroseconds * 1_000
    self.clock = clock
  }

  /// Whether a turn's requests together are quicker computed than handed over.
  func isWorthIt(_ jobs: [Job]) -> Bool {
    var nanoseconds: UInt64 = 0
    for job in jobs {
      nanoseconds += job.model.firstStageCost.nanoseconds(images: job.imageCount)
      if nanoseconds > budgetNanoseconds || job.imageCount > job.model.plan.maximumBatch {
        return false
      }
    }
    return true
  }

  /// Computes the requests, together where they are of one model and of a batch's size.
  func run(_ jobs: [Job], complete: (Completion) -> Void) {
    let now = clock()
    unanswered.removeAll(keepingCapacity: true)
    for job in jobs {
      let segment = job.segment(skip: 0, count: job.imageCount)
      let expected = job.model.firstStageCost.nanoseconds(images: job.imageCount)
      let end = now.advanced(byNanoseconds: expected)
      if let deadline = job.deadline, deadline <= end {
        complete(Completion(segment, .expired, batchImageCount: 0, started: now, finished: now))
        continue
      }
      let hasRoom = batch.imageCount + job.imageCount <= job.model.plan.maximumBatch
      if batch.model !== job.model || !hasRoom { runBatch(complete) }
      batch.begin(job.model)
      batch.append(segment)
      // Alone: a batch goes on as a whole.
      if job.model.plan.isCascade, !runBatch(complete) { unanswered.append(job) }
    }
    runBatch(complete)
  }

  /// - Returns: whether the first stage answers the batch. Where it does not, nobody is told.
  @discardableResult
  private func runBatch(_ complete: (Completion) -> Void) -> Bool {
    guard !batch.isEmpty else { return true }
    defer { batch.removeAll() }
    let started = clock()
    guard runner.runFirstStage(batch) else { return false }
    BatchResult.computed(batch, started: started, finished: clock())
      .forEachCompletion { complete($1) }
    return true
  }
}
