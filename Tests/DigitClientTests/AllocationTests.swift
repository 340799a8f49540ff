import CAllocations
import DigitClient
import EventLoop
import ScriptedServers
import Testing

/// Runs a task on one thread of its own, so that what it allocates can be counted.
private final class OneThread: TaskExecutor, @unchecked Sendable {
  private let jobs = Guarded<[UnownedJob]>([])
  private let signal: Semaphore
  private var thread: WorkerThread!
  private let isOver = Guarded(false)

  init() throws {
    signal = try Semaphore()
    jobs.withLock { $0.reserveCapacity(64) }
    thread = try WorkerThread { [unowned self] in run() }
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withLock { $0.append(job) }
    signal.signal()
  }

  private func run() {
    while true {
      signal.wait()
      if isOver.withLock({ $0 }) { return }
      let job = jobs.withLock { $0.removeFirst() }
      job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }

  func stop() {
    isOver.withLock { $0 = true }
    signal.signal()
    thread.join()
  }
}

@Suite(.timeLimit(.minutes(1)), .enabled(if: allocations_are_counted()))
struct AllocationTests {
  /// `DigitClient` documents this number.
  private static let allocationsPerPrediction = 3

  @Test func `a prediction allocates what is documented, on both threads together`() async throws {
    let server = try ScriptedServer { $1.answer($0) }
    var options = ClientOptions()
    let loop = try ClientLoop()
    options.loop = loop
    let client = try await DigitClient.connect(to: server.address, options: options)
    let executor = try OneThread()
    let batch = ImageBatch(images(7))
    let perPrediction = try await withTaskExecutorPreference(executor) {
      for _ in 0..<200 { _ = try await client.predict(batch) }
      let before = allocations_of_this_thread() + (await loop.measure(allocations_of_this_thread))
      for _ in 0..<1_000 { _ = try await client.predict(batch) }
      let after = allocations_of_this_thread() + (await loop.measure(allocations_of_this_thread))
      return Double(after - before) / 1_000
    }
    executor.stop()
    #expect(perPrediction < Double(Self.allocationsPerPrediction) + 0.1)
    #expect(perPrediction > 2, "the count must notice the answer itself")
  }
}
