import DigitServer
import DigitWire
import EventLoop
import Testing

struct BatchSchedulerTests {
  private let start = Instant(nanoseconds: 1_000_000_000)

  /// Of no cost but where a test is about costs.
  private static let models = ["a", "b", "c"].map { model($0, perBatch: 0, perImage: 0) }

  private static func model(_ name: String, perBatch: UInt64, perImage: UInt64) -> LoadedModel {
    LoadedModel(
      name: name, version: 1, plan: TestModels.small.plan,
      cost: ComputeCost(nanosecondsPerBatch: perBatch, nanosecondsPerImage: perImage))
  }

  private func scheduler(batchMax: Int = 64) -> BatchScheduler {
    BatchScheduler(.init(requestsMax: 512, imagesPerBatchMax: batchMax, imagesPerShareMin: 8))
  }

  private func job(
    _ request: RequestIndex, images: Int = 1, model: Int = 0, asker: AskerIndex = 0,
    deadline: Instant? = nil
  ) -> Job {
    Job(
      request: request, asker: asker, model: Self.models[model], pixelType: .uint8,
      firstSlot: request * 1_000, imageCount: images, arrived: start, deadline: deadline)
  }

  private func take(
    _ scheduler: inout BatchScheduler, idle: Int = 0, now: Instant? = nil
  ) -> Batch {
    var batch = Batch()
    scheduler.fill(&batch, now: now ?? start, idleWorkers: idle)
    return batch
  }

  @Test func `a lone request is taken at once`() {
    var scheduler = scheduler()
    scheduler.enqueue(job(3))
    #expect(take(&scheduler, idle: 1).segments.map(\.request) == [3])
    #expect(take(&scheduler).isEmpty)
    #expect(scheduler.queuedImages == 0)
  }

  @Test func `what has queued up becomes one batch, in the order in which it came`() {
    var scheduler = scheduler()
    for request in 0..<64 { scheduler.enqueue(job(RequestIndex(request))) }
    let batch = take(&scheduler)
    #expect(batch.segments.map(\.request) == Array(0..<64))
    #expect(batch.imageCount == 64)
  }

  @Test func `a batch never exceeds its limit, and a large request is split over several`() {
    var scheduler = scheduler(batchMax: 64)
    scheduler.enqueue(job(0, images: 10))
    scheduler.enqueue(job(1, images: 150))
    let batches = (0..<4).map { _ in take(&scheduler) }
    #expect(batches.map(\.imageCount) == [64, 64, 32, 0])
    #expect(batches[0].segments.map(\.count) == [10, 54])
    #expect(batches[1].segments.map(\.skip) == [54])
    #expect(batches[2].segments.map(\.skip) == [118])
  }

  @Test(arguments: [(100, 0, 64), (100, 1, 50), (100, 3, 25), (10, 1, 8), (5, 3, 5), (64, 7, 8)])
  func `a worker leaves idle colleagues their share`(queued: Int, idle: Int, taken: Int) {
    var scheduler = scheduler()
    for request in 0..<queued { scheduler.enqueue(job(RequestIndex(request))) }
    #expect(take(&scheduler, idle: idle).imageCount == taken)
  }

  @Test(arguments: [(0, 2, 0), (1, 2, 1), (8, 2, 1), (9, 2, 2), (500, 2, 2), (500, 0, 0)])
  func `as many workers are woken as there is work for`(queued: Int, idle: Int, woken: Int) {
    var scheduler = scheduler()
    for request in 0..<queued { scheduler.enqueue(job(RequestIndex(request))) }
    #expect(scheduler.workersToWake(idle: idle) == woken)
  }

  @Test func `a batch holds one model, and of models that cost the same the first goes first`() {
    var scheduler = scheduler()
    scheduler.enqueue(job(0, model: 1))
    scheduler.enqueue(job(1, model: 0))
    scheduler.enqueue(job(2, model: 1))
    let first = take(&scheduler)
    #expect(first.model === Self.models[1])
    #expect(first.segments.map(\.request) == [0, 2])
    #expect(take(&scheduler).segments.map(\.request) == [1])
    let rest = take(&scheduler)
    #expect(rest.model == nil, "a worker without work holds a model")
  }

  @Test func `a request whose deadline has passed is handed back, not computed`() {
    var scheduler = scheduler()
    let deadline = start.advanced(byMicroseconds: 500)
    scheduler.enqueue(job(0, images: 3, deadline: deadline))
    scheduler.enqueue(job(1, deadline: start.advanced(byMicroseconds: 501)))
    let batch = take(&scheduler, now: deadline)
    #expect(batch.undone.map(\.segment.request) == [0])
    #expect(batch.undone.map(\.segment.count) == [3])
    #expect(batch.undone.map(\.outcome) == [.expired])
    #expect(batch.segments.map(\.request) == [1])
    #expect(scheduler.queuedImages == 0)
  }

  @Test(arguments: [(1.0, [0], [1]), (0.5, [], [0, 1])])
  func `a request that would be answered too late is handed back`(
    pace: Double, expired: [RequestIndex], computed: [RequestIndex]
  ) {
    // 10 µs for a batch and 5 for each image: 20 for both, 15 for the one that is left.
    let model = Self.model("slow", perBatch: 10_000, perImage: 5_000)
    var scheduler = scheduler()
    for (request, deadline) in [(RequestIndex(0), UInt64(16)), (1, 18)] {
      scheduler.enqueue(
        Job(
          request: request, model: model, pixelType: .uint8, firstSlot: 0, imageCount: 1,
          deadline: start.advanced(byMicroseconds: deadline)))
    }
    #expect(scheduler.queuedNanoseconds == 10_000)
    var quick = Pace()
    for _ in 0..<1_000 {
      quick.note(expectedNanoseconds: 1_000, tookNanoseconds: UInt64(1_000 * pace))
    }
    var batch = Batch()
    scheduler.fill(&batch, now: start, idleWorkers: 0, pace: quick)
    #expect(batch.undone.map(\.segment.request) == expired)
    #expect(batch.segments.map(\.request) == computed)
    #expect(scheduler.queuedNanoseconds == 0)
  }

  @Test func `a request that is late with those that ride with it need not wait to hear so`() {
    let first = Self.model("first", perBatch: 0, perImage: 5_000)
    let second = Self.model("second", perBatch: 0, perImage: 5_000)
    defer { withExtendedLifetime((first, second)) {} }
    var scheduler = scheduler()
    let deadline = start.advanced(byMicroseconds: 8)
    for (request, model) in [(RequestIndex(0), first), (1, second), (2, second)] {
      scheduler.enqueue(
        Job(
          request: request, model: model, pixelType: .uint8, firstSlot: 0, imageCount: 1,
          deadline: request == 1 ? deadline : nil))
    }
    let batch = take(&scheduler)
    #expect(batch.undone.map(\.segment.request) == [1])
    #expect(batch.segments.map(\.request) == [0])
    #expect(take(&scheduler).segments.map(\.request) == [2])
  }

  @Test func `a request that a worker has begun runs to its end whatever its deadline`() {
    var scheduler = scheduler(batchMax: 4)
    scheduler.enqueue(job(0, images: 6, deadline: start.advanced(byMicroseconds: 1)))
    #expect(take(&scheduler).imageCount == 4)
    let rest = take(&scheduler, now: start.advanced(byMicroseconds: 100))
    #expect(rest.undone.isEmpty)
    #expect(rest.imageCount == 2)
  }

  @Test func `a removed request is gone, wherever it stood`() {
    for removed in RequestIndex(0)..<3 {
      var scheduler = scheduler()
      for request in RequestIndex(0)..<3 { scheduler.enqueue(job(request, images: 2)) }
      let removals = (0..<2).map { _ in scheduler.remove(removed) }
      #expect(removals == [true, false])
      #expect(scheduler.queuedImages == 4)
      #expect(take(&scheduler).segments.map(\.request) == [0, 1, 2].filter { $0 != removed })
    }
  }

  @Test func `a request that a worker has begun cannot be removed`() {
    var scheduler = scheduler(batchMax: 4)
    scheduler.enqueue(job(0, images: 6))
    _ = take(&scheduler)
    let wasRemoved = scheduler.remove(0)
    #expect(!wasRemoved)
    #expect(take(&scheduler).imageCount == 2)
  }

  @Test func `a model goes when nothing waits for it any more`() {
    var scheduler = scheduler()
    weak var gone: LoadedModel?
    do {
      let model = TestModels.make("short-lived", units: 8)
      gone = model
      for request in RequestIndex(0)..<2 {
        scheduler.enqueue(
          Job(
            request: request, model: model, pixelType: .uint8, firstSlot: 0, imageCount: 1,
            deadline: nil))
      }
    }
    let wasRemoved = scheduler.remove(0)
    #expect(wasRemoved)
    var batch = take(&scheduler)
    #expect(gone != nil)
    batch.removeAll()
    #expect(gone == nil)
  }

  @Test func `random traffic loses no image and computes none twice`() {
    var random = SplitMix(seed: 7)
    var scheduler = scheduler(batchMax: 16)
    var due: [RequestIndex: Int] = [:]
    for step in 0..<20_000 {
      let request = RequestIndex(random.next(below: 512))
      switch random.next(below: 3) {
      case 0 where due[request] == nil:
        let images = 1 + random.next(below: 40)
        due[request] = images
        scheduler.enqueue(
          job(request, images: images, model: Int(request) % 3, asker: request % 7))
      case 1:
        if scheduler.remove(request) { due[request] = nil }
      default:
        for segment in take(&scheduler, idle: step % 3).segments {
          due[segment.request, default: 0] -= segment.count
          if due[segment.request] == 0 { due[segment.request] = nil }
        }
      }
      #expect(scheduler.queuedImages == due.values.reduce(0, +))
      if step % 500 == 0 { scheduler.checkInvariants() }
    }
  }
}

/// A small seeded generator, so that a failure can be repeated.
struct SplitMix {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next(below bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
  }
}
