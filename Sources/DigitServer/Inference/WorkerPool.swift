import DigitModel
import DigitWire
import EventLoop

/// The threads that run the networks. Each has a workspace of its own and shares nothing but the
/// two queues.
final class WorkerPool {
  private let queue: JobQueue
  private var threads: [WorkerThread] = []

  /// - Throws: `UVError` when the system gives no more threads.
  init(
    count: Int, models: [LoadedModel], slab: ImageSlab, queue: JobQueue,
    completions: CompletionQueue, wakeup: Wakeup
  ) throws(UVError) {
    self.queue = queue
    for _ in 0..<count {
      threads.append(
        try WorkerThread {
          var worker = Worker(models: models, slab: slab)
          worker.run(queue: queue, completions: completions, wakeup: wakeup)
        })
    }
  }

  /// Lets each worker finish its batch, then waits for its thread to end.
  func stop() {
    queue.stop()
    for thread in threads { thread.join() }
    threads = []
  }
}

extension DigitWire.PixelType {
  fileprivate var ofModel: DigitModel.PixelType {
    switch self {
    case .uint8: .uint8
    case .float32: .float32
    }
  }
}

/// One thread's loop: fetch, compute, hand back.
private struct Worker {
  private let models: [LoadedModel]
  private let slab: ImageSlab
  private let workspace: Workspace
  private let tasks: UnsafeMutableBufferPointer<InferenceTask>

  init(models: [LoadedModel], slab: ImageSlab) {
    self.models = models
    self.slab = slab
    workspace = Workspace(byteCount: models.map(\.plan.workspaceByteCount).max() ?? 0)
    tasks = .allocate(capacity: models.map(\.plan.maximumBatch).max() ?? 0)
  }

  mutating func run(queue: JobQueue, completions: CompletionQueue, wakeup: Wakeup) {
    var batch = Batch()
    while case .batch = queue.fetch(into: &batch) {
      let started = Instant.now
      if batch.imageCount > 0 { compute(batch) }
      if completions.add(batch, started: started, finished: .now) { wakeup.wake() }
    }
    tasks.deallocate()
  }

  private func compute(_ batch: Batch) {
    var count = 0
    for segment in batch.segments {
      var slot = slab.slot(segment.skip, after: segment.firstSlot)
      for _ in 0..<segment.count {
        tasks[count] = InferenceTask(
          pixels: slab.pixels(slot), pixelType: segment.pixelType.ofModel,
          probabilities: slab.probabilities(slot))
        count += 1
        slot = slab.next(after: slot)
      }
    }
    models[batch.model].plan.run(
      UnsafeBufferPointer(rebasing: tasks[..<count]), workspace: workspace)
  }
}
