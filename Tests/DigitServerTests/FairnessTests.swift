import DigitServer
import EventLoop
import Testing

/// Who is computed when, where several ask at once.
struct FairnessTests {
  private let start = Instant(nanoseconds: 1_000_000_000)

  /// 1 ms for an image of the slow one, 10 µs for one of the quick one.
  private static let slow = model("slow", perImage: 1_000_000)
  private static let quick = model("quick", perImage: 10_000)

  private static func model(_ name: String, perImage: UInt64) -> LoadedModel {
    LoadedModel(
      name: name, version: 1, plan: TestModels.small.plan,
      cost: ComputeCost(nanosecondsPerBatch: 0, nanosecondsPerImage: perImage))
  }

  /// A scheduler that knows what each request was asked by.
  private struct Bench {
    var scheduler: BatchScheduler
    private var asked: [RequestIndex: AskerIndex] = [:]
    private var next: RequestIndex = 0

    init(_ change: (inout BatchScheduler.Limits) -> Void = { _ in }) {
      var limits = BatchScheduler.Limits(
        requestsMax: 16_384, imagesPerBatchMax: 64, imagesPerShareMin: 8)
      change(&limits)
      scheduler = BatchScheduler(limits)
    }

    mutating func ask(
      _ asker: AskerIndex, images: Int = 1, times: Int = 1, of model: LoadedModel = slow
    ) {
      for _ in 0..<times {
        asked[next] = asker
        scheduler.enqueue(
          Job(
            request: next, asker: asker, model: model, pixelType: .uint8, firstSlot: 0,
            imageCount: images))
        next += 1
      }
    }

    /// - Returns: the images of each asker in the next batch.
    mutating func batch(now: Instant = Instant(nanoseconds: 0)) -> [AskerIndex: Int] {
      var batch = Batch()
      scheduler.fill(&batch, now: now, idleWorkers: 0)
      scheduler.checkInvariants()
      return batch.segments.reduce(into: [:]) { $0[asked[$1.request]!, default: 0] += $1.count }
    }
  }

  @Test func `askers of single images share every batch alike, whatever each has queued`() {
    var bench = Bench()
    bench.ask(0, times: 1_000)
    bench.ask(1, times: 100)
    bench.ask(2, times: 100)
    for _ in 0..<3 {
      let shares = bench.batch()
      #expect(shares.values.reduce(0, +) == 64)
      #expect(shares.values.allSatisfy { (21...22).contains($0) }, "\(shares)")
    }
  }

  @Test func `an image that is asked for beside a flood of large requests is in the next batch`() {
    var bench = Bench()
    bench.ask(0, images: 64, times: 50)
    for _ in 0..<20 {
      #expect(bench.batch()[0] == 64)
      bench.ask(1)
      let shares = bench.batch()
      #expect(shares == [0: 63, 1: 1])
    }
  }

  @Test(arguments: [2, 7, 40])
  func `whoever always has work gets the same share as all others`(askers: Int) {
    var bench = Bench()
    // Of different sizes: what counts is images, not requests.
    for asker in 0..<askers {
      let images = [1, 5, 64, 200][asker % 4]
      bench.ask(AskerIndex(asker), images: images, times: 8_000 / askers / images + 1)
    }
    var taken: [AskerIndex: Int] = [:]
    let batches = 6_000 / 64
    for _ in 0..<batches {
      for (asker, count) in bench.batch() { taken[asker, default: 0] += count }
    }
    let fair = batches * 64 / askers
    for asker in 0..<AskerIndex(askers) {
      // A turn of a batch's length, and what a round adds.
      #expect(abs(taken[asker, default: 0] - fair) <= 130, "asker \(asker) of \(taken)")
    }
  }

  @Test func `one that is alone has whole batches`() {
    var bench = Bench()
    bench.ask(0, images: 64, times: 3)
    bench.ask(0, images: 256)
    #expect((0..<7).map { _ in bench.batch() } == Array(repeating: [0: 64], count: 7))
    #expect(bench.batch().isEmpty)
  }

  @Test func `a quick model's request beside a slow model's flood is in the next batch`() {
    var bench = Bench()
    bench.ask(0, images: 64, times: 20)
    for _ in 0..<10 {
      #expect(bench.batch()[0] == 64)
      bench.ask(1, images: 8, of: Self.quick)
      #expect(bench.batch() == [1: 8])
    }
  }

  @Test func `models that are always asked for have the same time, not the same batches`() {
    var bench = Bench()
    bench.ask(0, images: 64, times: 40)
    bench.ask(1, images: 64, times: 2_000, of: Self.quick)
    var nanoseconds: [AskerIndex: Int] = [:]
    for _ in 0..<1_000 {
      for (asker, count) in bench.batch() {
        nanoseconds[asker, default: 0] += count * (asker == 0 ? 1_000_000 : 10_000)
      }
    }
    let difference = abs(nanoseconds[0]! - nanoseconds[1]!)
    #expect(difference <= 2 * 64 * 1_000_000, "\(nanoseconds)")
  }

  @Test func `a model has as much time as its askers have together`() {
    var bench = Bench()
    for asker in 0..<3 { bench.ask(AskerIndex(asker), images: 16, times: 100) }
    bench.ask(3, images: 64, times: 2_000, of: Self.quick)
    var nanoseconds = [0, 0]
    for _ in 0..<1_000 {
      for (asker, count) in bench.batch() {
        nanoseconds[asker == 3 ? 1 : 0] += count * (asker == 3 ? 10_000 : 1_000_000)
      }
    }
    #expect(abs(nanoseconds[0] - 3 * nanoseconds[1]) <= 4 * 64 * 1_000_000, "\(nanoseconds)")
  }

  @Test func `a batch of a slow model has fewer images`() {
    var bench = Bench { $0.batchNanosecondsMax = 10_500_000 }
    bench.ask(0, images: 64)
    bench.ask(1, images: 64, of: Self.quick)
    #expect(Set((0..<2).map { _ in bench.batch() }) == [[0: 10], [1: 64]])
  }

  @Test func `a request that has begun goes on where the batch ended`() {
    var bench = Bench()
    bench.ask(1, images: 40)
    bench.ask(0, images: 40)
    #expect(bench.batch() == [1: 40, 0: 24])
    bench.ask(1, images: 64)
    #expect(bench.batch() == [0: 16, 1: 48])
  }
}
