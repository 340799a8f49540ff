import EventLoop

/// Computes requests on the loop's own thread: waking a worker and being woken by it costs more
/// than a small network's one image. What stays within the budget is computed here, and delays the
/// other connections by no more.
final class InlineComputation {
  private let runner: BatchRunner
  private let budgetNanoseconds: UInt64
  private let clock: () -> Instant
  private var batch: Batch

  init(
    limits: ServerLimits, loop: LoopIndex, slab: ImageSlab, clock: @escaping () -> Instant
  ) {
    // Of the other loops' slabs nothing is read here.
    runner = BatchRunner(
      slabs: Array(repeating: slab, count: Int(loop) + 1),
      imagesPerBatchMax: limits.imagesPerBatchMax, workspaceByteCount: 0)
    batch = Batch(segmentsMax: limits.imagesPerBatchMax)
    budgetNanoseconds = limits.inlineBudget.wholeMicroseconds * 1_000
    self.clock = clock
  }

  /// Whether a turn's requests together are quicker computed than handed over.
  func isWorthIt(_ jobs: [Job]) -> Bool {
    var nanoseconds: UInt64 = 0
    for job in jobs {
      nanoseconds += job.model.cost.nanoseconds(images: job.imageCount)
      if nanoseconds > budgetNanoseconds || job.imageCount > job.model.plan.maximumBatch {
        return false
      }
    }
    return true
  }

  /// Computes the requests, together where they are of one model and of a batch's size.
  func run(_ jobs: [Job], complete: (Completion) -> Void) {
    let now = clock()
    for job in jobs {
      let segment = job.segment(skip: 0, count: job.imageCount)
      let end = now.advanced(byNanoseconds: job.model.cost.nanoseconds(images: job.imageCount))
      if let deadline = job.deadline, deadline <= end {
        complete(Completion(segment, .expired, batchImageCount: 0, started: now, finished: now))
        continue
      }
      let hasRoom = batch.imageCount + job.imageCount <= job.model.plan.maximumBatch
      if batch.model !== job.model || !hasRoom { runBatch(complete) }
      batch.begin(job.model)
      batch.append(segment)
    }
    runBatch(complete)
  }

  private func runBatch(_ complete: (Completion) -> Void) {
    guard !batch.isEmpty else { return }
    let started = clock()
    runner.run(batch)
    BatchResult(batch: batch, started: started, finished: clock())
      .forEachCompletion { complete($1) }
    batch.removeAll()
  }
}
