import DigitModel
import DigitServer
import EventLoop
import Testing

/// A cascade is served: its first stage on the loop, the rest by workers.
@Suite(.timeLimit(.minutes(1))) struct CascadeServingTests {
  private let start = Instant(nanoseconds: 1_000_000_000)

  /// - Parameter below: what the first stage must reach.
  private func cascade(below: Float) throws -> LoadedModel {
    let models = [24, 40].map { TestModels.model("stage", units: $0) }
    let model = try Model(
      name: "cascade", cascade: [StagedModel(models[0], below: below), StagedModel(models[1])])
    return LoadedModel(
      name: "cascade", version: 1, plan: try Plan(model),
      cost: ComputeCost(nanosecondsPerBatch: 0, nanosecondsPerImage: 1_000_000),
      firstStageCost: ComputeCost(nanosecondsPerBatch: 0, nanosecondsPerImage: 1_000))
  }

  @Test func `a request that the first stage answers is computed in its turn`() throws {
    let bench = try InferenceBench(inline: .microseconds(50))
    let asker = AnswerRecorder()
    let sure = try cascade(below: .leastNormalMagnitude)
    try bench.ask(asker, tag: 1, images: 2, of: sure, now: start)
    let stage = AnswerRecorder()
    let alone = try InferenceBench(inline: .seconds(1))
    try alone.ask(stage, tag: 1, images: 2, of: TestModels.small, now: start)
    #expect(asker.heard == stage.heard)
    #expect(asker.answerCount == 1)
  }

  @Test func `a request with an image that goes on is answered once, by a worker`() throws {
    let bench = try InferenceBench(inline: .microseconds(50))
    let asker = AnswerRecorder()
    let unsure = try cascade(below: 1)
    try bench.ask(asker, tag: 1, images: 2, of: unsure, now: start)
    #expect(asker.answerCount == 0)
    bench.work(answering: 0.1, now: start)
    let image = [Float](repeating: 0.1, count: 10)
    #expect(asker.heard == [1: .computed([image, image], version: 1)])
    bench.service.checkInvariants()
    #expect(bench.service.requestCount == 0)
    // It can be dropped while it waits.
    let waiting = try bench.ask(asker, tag: 2, images: 1, of: unsure, now: start)
    #expect(bench.service.cancel(waiting))
    #expect(bench.service.requestCount == 0)
  }

  @Test func `how long a cascade takes tells nothing of how fast the machine is`() throws {
    #expect(try pace(after: TestModels.small) != Pace())
    #expect(try pace(after: cascade(below: 1)) == Pace())
  }

  /// Of a queue, when a batch of the model has taken a second.
  private func pace(after model: LoadedModel) throws -> Pace {
    let queue = try JobQueue(
      BatchScheduler(.init(requestsMax: 8, imagesPerBatchMax: 64, imagesPerShareMin: 8)))
    var batch = Batch()
    for (request, model) in [model, TestModels.other].enumerated() {
      queue.add([
        Job(
          request: RequestIndex(request), model: model, pixelType: .uint8,
          firstSlot: SlotIndex(request), imageCount: 1, deadline: nil)
      ])
      _ = queue.fetch(into: &batch, took: 1_000_000_000)
    }
    return queue.backlog.pace
  }
}
