import EventLoop

/// The threads that run the networks. Each has a workspace of its own and shares nothing but the
/// two queues.
final class WorkerPool {
  private let queue: JobQueue
  private var threads: [WorkerThread] = []

  /// - Parameter processors: where each worker stays, in turn; anywhere if there is none.
  /// - Throws: `UVError` when the system gives no more threads, or no such processor.
  init(
    count: Int, processors: [Int], models: [LoadedModel], slab: ImageSlab, queue: JobQueue,
    completions: CompletionQueue, wakeup: Wakeup
  ) throws(UVError) {
    self.queue = queue
    do {
      for worker in 0..<count {
        let thread = try WorkerThread {
          work(
            with: BatchRunner(models: models, slab: slab), queue: queue,
            completions: completions, wakeup: wakeup)
        }
        threads.append(thread)
        guard !processors.isEmpty else { continue }
        try thread.keep(onProcessor: processors[worker % processors.count])
      }
    } catch {
      stop()
      throw error
    }
  }

  /// Lets each worker finish its batch, then waits for its thread to end.
  func stop() {
    queue.stop()
    for thread in threads { thread.join() }
    threads = []
  }
}

/// One thread's loop: fetch, compute, hand back.
private func work(
  with runner: BatchRunner, queue: JobQueue, completions: CompletionQueue, wakeup: Wakeup
) {
  var batch = Batch()
  while case .batch = queue.fetch(into: &batch) {
    let started = Instant.now
    runner.run(batch)
    if completions.add(batch, started: started, finished: .now) { wakeup.wake() }
  }
}
