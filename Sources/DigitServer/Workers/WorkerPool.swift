import EventLoop
import Glibc

/// What workers know of a loop: where its images lie, and where its completions go.
package struct LoopPort: Sendable {
  package let slab: ImageSlab
  package let completions: CompletionQueue
  /// Makes the loop look into `completions`; from any thread.
  let wake: @Sendable () -> Void

  package init(
    slab: ImageSlab, completions: CompletionQueue, wake: @escaping @Sendable () -> Void
  ) {
    self.slab = slab
    self.completions = completions
    self.wake = wake
  }
}

/// The threads that run the networks. Each has a workspace of its own and shares nothing but the
/// queues.
final class WorkerPool {
  private let queue: JobQueue
  private let loops: [LoopPort]
  private var threads: [WorkerThread] = []
  private var late = Batch()
  /// By worker.
  let pulses: [WorkerPulse]

  /// Returns when all of them are ready to work.
  ///
  /// - Parameters:
  ///   - processors: where each worker stays, in turn; anywhere if there is none.
  ///   - loops: by loop.
  ///   - workspaceByteCount: what the models that are served at first need.
  ///   - beforeBatch: called before each batch is computed.
  /// - Throws: `UVError` when the system gives no more threads, or no such processor.
  init(
    count: Int, processors: [Int], loops: [LoopPort], queue: JobQueue, imagesPerBatchMax: Int,
    workspaceByteCount: Int, beforeBatch: (@Sendable () -> Void)?
  ) throws(UVError) {
    self.queue = queue
    self.loops = loops
    pulses = (0..<count).map { _ in WorkerPulse(segmentsMax: imagesPerBatchMax) }
    do {
      let ready = try Semaphore()
      for (worker, pulse) in pulses.enumerated() {
        let thread = try WorkerThread {
          let runner = BatchRunner(
            slabs: loops.map(\.slab), imagesPerBatchMax: imagesPerBatchMax,
            workspaceByteCount: workspaceByteCount)
          let batch = Batch(segmentsMax: imagesPerBatchMax)
          ready.signal()
          Worker(runner: runner, pulse: pulse, loops: loops, beforeBatch: beforeBatch)
            .work(on: batch, from: queue)
        }
        threads.append(thread)
        guard !processors.isEmpty else { continue }
        try thread.keep(onProcessor: processors[worker % processors.count])
      }
      for _ in threads { ready.wait() }
    } catch {
      stop()
      throw error
    }
  }

  /// Answers what has waited too long, which a worker does before each batch: for when all of them
  /// hang.
  func handBackLate() {
    let now = Instant.now
    queue.takeLate(into: &late, now: now)
    late.handBack(to: loops, started: now, finished: now)
  }

  /// Lets each worker finish its batch, then waits for its thread to end.
  /// - Parameter patience: how long a batch may still take.
  /// - Returns: false where a worker hangs; its thread goes on, with all that it can reach.
  @discardableResult func stop(patience: Duration = .seconds(60)) -> Bool {
    queue.stop()
    let began = Instant.now
    while pulses.contains(where: { $0.batch != nil }) {
      guard !Instant.now.isAtLeast(patience, after: began) else { return false }
      usleep(1_000)
    }
    for thread in threads { thread.join() }
    threads = []
    return true
  }
}

/// One thread's course: fetch, compute, hand back.
private struct Worker {
  let runner: BatchRunner
  let pulse: WorkerPulse
  let loops: [LoopPort]
  let beforeBatch: (@Sendable () -> Void)?

  func work(on empty: consuming Batch, from queue: JobQueue) {
    var batch = empty
    var took: UInt64?
    while case .batch = queue.fetch(into: &batch, took: took) {
      let started = Instant.now
      batch.handBackUndone(to: loops, now: started)
      pulse.begin(batch)
      beforeBatch?()
      runner.run(batch)
      pulse.end()
      let finished = Instant.now
      batch.handBack(to: loops, started: started, finished: finished)
      took = finished.nanoseconds - started.nanoseconds
    }
  }
}

extension Batch {
  /// Tells each loop what has become of its requests.
  package mutating func handBack(to loops: [LoopPort], started: Instant, finished: Instant) {
    handBackUndone(to: loops, now: started)
    tell(loops, .computed(self, started: started, finished: finished))
  }

  /// Those that have waited too long hear of it at once: they are late already, and what is
  /// computed takes a while.
  package mutating func handBackUndone(to loops: [LoopPort], now: Instant) {
    guard !undone.isEmpty else { return }
    tell(loops, .undone(undone, now: now))
    undone.removeAll(keepingCapacity: true)
  }

  private func tell(_ loops: [LoopPort], _ result: BatchResult) {
    for (index, loop) in loops.enumerated() where concerns(LoopIndex(index)) {
      if loop.completions.add(result, of: LoopIndex(index)) { loop.wake() }
    }
  }
}
