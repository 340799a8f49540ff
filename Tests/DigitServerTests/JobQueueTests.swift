import DigitServer
import EventLoop
import Testing

@Suite(.timeLimit(.minutes(1))) struct JobQueueTests {
  /// The one that comes first must not take what the other was woken for.
  @Test func `a burst is shared by the workers that it wakes`() throws {
    let queue = try JobQueue(
      BatchScheduler(.init(requestsMax: 64, imagesPerBatchMax: 64, imagesPerShareMin: 8)))
    let taken = Guarded<[Int]>([])
    let shared = Shared(taken)
    let workers = try (0..<2).map { _ in
      try WorkerThread {
        var batch = Batch()
        if case .batch = queue.fetch(into: &batch) {
          shared.value.withLock { $0.append(batch.imageCount) }
        }
      }
    }
    while queue.idleWorkers < 2 {}
    queue.add(
      (0..<64).map {
        Job(
          request: $0, model: TestModels.small, pixelType: .uint8, firstSlot: $0, imageCount: 1,
          deadline: nil)
      })
    for worker in workers { worker.join() }
    #expect(shared.value.withLock { $0 } == [32, 32])
  }

  /// A mutex that several threads' closures hold.
  private final class Shared: Sendable {
    let value: Guarded<[Int]>
    init(_ value: consuming Guarded<[Int]>) { self.value = value }
  }
}
