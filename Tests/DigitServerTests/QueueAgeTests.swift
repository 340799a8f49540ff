import DigitServer
import EventLoop
import Testing

/// How long requests may wait, and how long they are told that they will.
struct QueueAgeTests {
  private func at(_ milliseconds: UInt64) -> Instant {
    Instant(nanoseconds: milliseconds * 1_000_000)
  }

  private let limits = QueueAge.Limits(ageMax: .milliseconds(50), interval: .milliseconds(100))

  @Test func `age is bounded only while the queue has stood for an interval`() {
    var age = QueueAge(limits)
    age.began(at: at(1_000))
    #expect(!age.isExceeded(by: at(1_000), now: at(1_099)))
    #expect(age.isExceeded(by: at(1_000), now: at(1_100)))
    #expect(!age.isExceeded(by: at(1_050), now: at(1_100)))
    #expect(age.isExceeded(by: at(1_050), now: at(1_101)))
    age.ended()
    age.began(at: at(1_102))
    #expect(!age.isExceeded(by: at(1_050), now: at(1_110)))
  }

  @Test func `a bound of zero is none`() {
    var age = QueueAge(QueueAge.Limits(ageMax: .zero, interval: .zero))
    age.began(at: at(0))
    #expect(!age.isExceeded(by: at(0), now: at(1_000_000)))
  }

  private func scheduler() -> BatchScheduler {
    var limits = BatchScheduler.Limits(requestsMax: 64, imagesPerBatchMax: 4, imagesPerShareMin: 1)
    limits.age = self.limits
    return BatchScheduler(limits)
  }

  private func job(_ request: RequestIndex, at arrived: Instant, deadline: Instant? = nil) -> Job {
    Job(
      request: request, asker: request, model: TestModels.small, pixelType: .uint8, firstSlot: 0,
      imageCount: 2, arrived: arrived, deadline: deadline)
  }

  @Test func `what has waited too long is handed back, whoever's turn it is`() {
    var scheduler = scheduler()
    for request in RequestIndex(0)..<20 {
      scheduler.enqueue(job(request, at: at(1_000 + 10 * UInt64(request))))
    }
    var batch = Batch()
    scheduler.fill(&batch, now: at(1_099), idleWorkers: 0)
    #expect(batch.undone.isEmpty)
    #expect(batch.segments.map(\.request) == [0, 1])
    scheduler.fill(&batch, now: at(1_111), idleWorkers: 0)
    #expect(batch.undone.map(\.segment.request) == [2, 3, 4, 5, 6])
    #expect(batch.undone.allSatisfy { $0.outcome == .outdated })
    #expect(batch.segments.map(\.request) == [7, 8])
    scheduler.checkInvariants()
    #expect(scheduler.oldestArrival == at(1_090))
  }

  @Test func `what will have waited too long after this batch is handed back beside it`() {
    let slow = LoadedModel(
      name: "slow", version: 1, plan: TestModels.small.plan,
      cost: ComputeCost(nanosecondsPerBatch: 0, nanosecondsPerImage: 5_000_000))
    defer { withExtendedLifetime(slow) {} }
    var scheduler = scheduler()
    for (request, arrived) in [
      (RequestIndex(0), UInt64(1_000)), (1, 1_065), (2, 1_075), (3, 1_081),
    ] {
      scheduler.enqueue(
        Job(
          request: request, asker: request, model: slow, pixelType: .uint8, firstSlot: 0,
          imageCount: 4, arrived: at(arrived)))
    }
    var batch = Batch()
    // Until 1,130: one is 55 ms old then, another 49.
    scheduler.fill(&batch, now: at(1_110), idleWorkers: 0)
    #expect(batch.undone.map(\.segment.request) == [0, 2])
    #expect(batch.segments.map(\.request) == [1])
    scheduler.checkInvariants()
    scheduler.fill(&batch, now: at(1_130), idleWorkers: 0)
    #expect(batch.segments.map(\.request) == [3])
  }

  @Test func `a request with a deadline may wait until that, whoever has the turn`() {
    var scheduler = scheduler()
    for request in RequestIndex(0)..<9 {
      scheduler.enqueue(job(request, at: at(1_000), deadline: at(1_300 + UInt64(request))))
    }
    var batch = Batch()
    scheduler.fill(&batch, now: at(1_299), idleWorkers: 0)
    #expect(batch.undone.isEmpty)
    scheduler.fill(&batch, now: at(1_306), idleWorkers: 0)
    #expect(batch.undone.map(\.segment.request) == [2, 3, 4, 5, 6])
    #expect(batch.segments.map(\.request) == [7, 8])
  }

  @Test func `a request that a worker has begun has no age`() {
    var scheduler = scheduler()
    scheduler.enqueue(
      Job(
        request: 0, model: TestModels.small, pixelType: .uint8, firstSlot: 0, imageCount: 10,
        arrived: at(0)))
    var batch = Batch()
    for _ in 0..<3 {
      scheduler.fill(&batch, now: at(50), idleWorkers: 0)
      #expect(batch.undone.isEmpty)
    }
    #expect(scheduler.standingSince == nil)
  }

  // MARK: Estimates

  @Test func `who asks for little waits for as much of each other, not for all that there is`() {
    var backlog = Backlog()
    backlog.nanoseconds = 2_000_000_000
    backlog.askerCount = 3
    #expect(backlog.waitMicroseconds(own: 1_000_000) == 3_000)
    #expect(backlog.waitMicroseconds(own: 5_000_000_000) == 2_000_000)
    #expect(backlog.waitMicroseconds(own: .max) == 2_000_000)
    backlog.workerCount = 2
    #expect(backlog.waitMicroseconds(own: 1_000_000) == 1_500)
    #expect(backlog.waitMicroseconds(own: 5_000_000_000, unqueued: 1_000_000) == 1_000_500)
  }

  @Test func `nothing queued is no wait`() {
    #expect(Backlog().waitMicroseconds(own: 1_000_000) == 0)
  }

  @Test func `what an asker has in a batch that is computed counts once`() {
    var backlog = Backlog()
    backlog.nanoseconds = 1_000_000_000
    backlog.runningNanoseconds = 64_000_000
    backlog.askerCount = 2
    // 32 of its own are among those 64, and one is new.
    #expect(backlog.waitMicroseconds(own: 33_000_000) == 66_000)
    // Its own is not waited for before the batch is done, and no longer than all takes.
    #expect(backlog.waitMicroseconds(own: 1_000_000) == 64_000)
    #expect(backlog.waitMicroseconds(own: 900_000_000) == 1_064_000)
  }

  @Test func `a wait follows what batches really take`() {
    var backlog = Backlog()
    backlog.nanoseconds = 10_000_000
    backlog.askerCount = 1
    for _ in 0..<1_000 {
      backlog.pace.note(expectedNanoseconds: 1_000, tookNanoseconds: 2_000)
    }
    #expect((19_900...20_000).contains(backlog.waitMicroseconds(own: 10_000_000)))
  }
}
