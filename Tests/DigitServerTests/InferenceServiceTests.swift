import DigitModel
import DigitServer
import EventLoop
import Testing

/// The service asked by somebody who is no connection, with a worker that the test is itself.
struct InferenceServiceTests {
  private let start = Instant(nanoseconds: 1_000_000_000)

  @Test func `whoever asks is answered once, with what the worker wrote`() throws {
    let bench = try InferenceBench()
    let asker = AnswerRecorder()
    try bench.ask(asker, tag: 7, images: 3, now: start)
    #expect(asker.answerCount == 0)
    bench.work(answering: 0.1, now: start)
    let image = [Float](repeating: 0.1, count: 10)
    #expect(asker.heard == [7: .computed([image, image, image], version: 1)])
    #expect(asker.answerCount == 1)
    bench.service.checkInvariants()
    #expect(bench.service.requestCount == 0)
  }

  @Test(arguments: [Float.infinity, -.infinity, .nan])
  func `an answer that is not finite is an error of the server, never a guess`(value: Float) throws
  {
    let bench = try InferenceBench()
    let asker = AnswerRecorder()
    try bench.ask(asker, tag: 1, images: 2, now: start)
    bench.work(answering: value, now: start)
    #expect(asker.heard == [1: .rejected(.notFinite(image: 0))])
  }

  @Test func `a request without room is refused, and one with room again is not`() throws {
    let bench = try InferenceBench(imagesMax: 4)
    let asker = AnswerRecorder()
    try bench.ask(asker, tag: 1, images: 3, now: start)
    #expect(
      throws: Rejection.noRoom(
        imageCount: 2, imagesFree: 1, requestsInFlight: 1, requestsMax: 8)
    ) { try bench.ask(AnswerRecorder(), tag: 2, images: 2, now: start) }
    bench.work(answering: 0.1, now: start)
    try bench.ask(asker, tag: 3, images: 4, now: start)
    bench.work(answering: 0.2, now: start)
    #expect(asker.answerCount == 2)
  }

  @Test func `a deadline that what waits does not leave time for is refused at once`() throws {
    let bench = try InferenceBench(imagesMax: 16)
    let model = LoadedModel(
      name: "slow", version: 1, plan: TestModels.small.plan,
      cost: ComputeCost(nanosecondsPerBatch: 0, nanosecondsPerImage: 1_000_000))
    func ask(_ tag: UInt64, deadlineMicroseconds: UInt64) throws {
      let index = try bench.service.begin(
        InferenceRequest(
          model: model, pixelType: .uint8, imageCount: 4,
          deadlineMicroseconds: deadlineMicroseconds, asker: asker, tag: tag),
        now: start)
      for image in 0..<4 {
        testImage(image).withUnsafeBytes { bench.service.fill(index, with: $0) }
      }
      try bench.service.finishFilling(index, now: start)
      bench.service.submit()
    }
    let asker = AnswerRecorder()
    #expect(
      throws: Rejection.deadlineOutOfReach(waitMicroseconds: 0, computeMicroseconds: 4_000)
    ) { try ask(1, deadlineMicroseconds: 3_999) }
    try ask(2, deadlineMicroseconds: 4_001)
    let late = Rejection.deadlineOutOfReach(waitMicroseconds: 4_000, computeMicroseconds: 4_000)
    #expect(throws: late) { try ask(3, deadlineMicroseconds: 7_000) }
    #expect(late.retryAfterMilliseconds(usual: 10) == 4)
    try ask(4, deadlineMicroseconds: 9_000)
    // Nothing is refused for what waits where no time is given.
    try ask(5, deadlineMicroseconds: 0)
    #expect(bench.service.requestCount == 3)
  }

  @Test func `in a queue that stands, what would wait too long is refused with how long`() throws {
    let bench = try InferenceBench(imagesMax: 4_000)
    let model = LoadedModel(
      name: "slow", version: 1, plan: TestModels.small.plan,
      cost: ComputeCost(nanosecondsPerBatch: 0, nanosecondsPerImage: 100_000_000))
    let flood = AnswerRecorder()
    try bench.ask(flood, tag: 1, images: 3, of: model, now: start)
    try bench.ask(flood, tag: 2, images: 3, of: model, now: start)
    let later = start.advanced(byMicroseconds: 100_000)
    let tooLong = Rejection.queueTooLong(waitMicroseconds: 600_000)
    #expect(throws: tooLong) { try bench.ask(flood, tag: 3, images: 1, of: model, now: later) }
    #expect(tooLong.retryAfterMilliseconds(usual: 10) == 600)
    // Another asker's turn comes before.
    try bench.ask(AnswerRecorder(), tag: 1, images: 1, of: model, now: later)
    bench.service.checkInvariants()
  }

  @Test func `in a queue that stands, half of what a deadline leaves may be waited for`() throws {
    let bench = try InferenceBench(imagesMax: 4_000)
    let model = LoadedModel(
      name: "slow", version: 1, plan: TestModels.small.plan,
      cost: ComputeCost(nanosecondsPerBatch: 0, nanosecondsPerImage: 10_000_000))
    let asker = AnswerRecorder()
    func ask(deadlineMicroseconds: UInt64, now: Instant) throws(Rejection) {
      _ = try bench.service.begin(
        InferenceRequest(
          model: model, pixelType: .uint8, imageCount: 1,
          deadlineMicroseconds: deadlineMicroseconds, asker: asker, tag: 2),
        now: now)
    }
    try bench.ask(asker, tag: 1, images: 4, of: model, now: start)
    try ask(deadlineMicroseconds: 50_000, now: start)
    let later = start.advanced(byMicroseconds: 100_000)
    let late = Rejection.deadlineOutOfReach(waitMicroseconds: 40_000, computeMicroseconds: 10_000)
    #expect(throws: late) { try ask(deadlineMicroseconds: 89_999, now: later) }
    try ask(deadlineMicroseconds: 90_000, now: later)
    #expect(late.retryAfterMilliseconds(usual: 10) == 40)
  }

  @Test func `what waited too long is answered so, and counted`() throws {
    let bench = try InferenceBench()
    let asker = AnswerRecorder()
    try bench.ask(asker, tag: 1, images: 2, now: start)
    bench.work(answering: 0.1, now: start.advanced(byMicroseconds: 600_000))
    #expect(
      asker.heard == [
        1: .rejected(.waitedTooLong(waitedMicroseconds: 600_000, waitMicroseconds: 0))
      ])
    #expect(bench.metrics.shedCount(.waitedTooLong) == 1)
    #expect(bench.service.requestCount == 0)
    bench.service.checkInvariants()
  }

  @Test func `what waited too long hears of it before others are computed`() throws {
    let bench = try InferenceBench()
    let asker = AnswerRecorder()
    let later = start.advanced(byMicroseconds: 600_000)
    try bench.ask(asker, tag: 1, images: 2, now: start)
    try bench.ask(asker, tag: 2, images: 2, now: later)
    var batch = Batch()
    bench.queue.poll(into: &batch, now: later)
    batch.handBackUndone(to: [bench.port], now: later)
    bench.service.fetchCompletions()
    #expect(Array(asker.heard.keys) == [1])
    batch.handBack(to: [bench.port], started: later, finished: later)
    bench.service.fetchCompletions()
    #expect(asker.answerCount == 2)
    #expect(bench.service.requestCount == 0)
  }

  @Test func `one asker holds no more than four times what it leaves to others`() throws {
    let bench = try InferenceBench(imagesMax: 20)
    let flood = AnswerRecorder()
    for tag in UInt64(1)...4 { try bench.ask(flood, tag: tag, images: 4, now: start) }
    #expect(throws: Rejection.overShare(imageCount: 1, imagesHeld: 16, imagesFree: 4)) {
      try bench.ask(flood, tag: 5, images: 1, now: start)
    }
    try bench.ask(AnswerRecorder(), tag: 1, images: 4, now: start)
    bench.work(answering: 0.1, now: start)
    try bench.ask(flood, tag: 5, images: 4, now: start)
    #expect(bench.metrics.shedCount(.overShare) == 1)
    bench.service.checkInvariants()
  }

  @Test func `requests of two models in one turn are computed by their own`() throws {
    let bench = try InferenceBench(inline: .seconds(1))
    let asker = AnswerRecorder()
    let models = [TestModels.small, TestModels.other]
    for (tag, model) in models.enumerated() {
      let index = try bench.service.begin(
        InferenceRequest(
          model: model, pixelType: .uint8, imageCount: 1, asker: asker, tag: UInt64(tag)),
        now: start)
      testImage(0).withUnsafeBytes { bench.service.fill(index, with: $0) }
      try bench.service.finishFilling(index, now: start)
    }
    bench.service.submit()
    guard case .computed(let first, _)? = asker.heard[0],
      case .computed(let second, _)? = asker.heard[1]
    else {
      Issue.record("not computed in the turn")
      return
    }
    #expect(first != second)
  }

  @Test func `what nobody waits for any more is dropped, whatever its state`() throws {
    let bench = try InferenceBench()
    let asker = AnswerRecorder()
    let queued = try bench.ask(asker, tag: 1, images: 2, now: start)
    bench.service.abandon(queued)
    #expect(bench.service.requestCount == 0)
    let taken = try bench.ask(asker, tag: 2, images: 2, now: start)
    var batch = Batch()
    bench.queue.poll(into: &batch, now: start)
    bench.service.abandon(taken)
    #expect(bench.service.requestCount == 1, "its worker still writes into its slots")
    batch.handBack(to: [bench.port], started: start, finished: start)
    bench.service.fetchCompletions()
    #expect(bench.service.requestCount == 0)
    #expect(asker.answerCount == 0)
    bench.service.checkInvariants()
  }

  @Test func `an abandoned request is no longer among the stalled`() throws {
    let bench = try InferenceBench(imagesMax: 4)
    let asker = AnswerRecorder()
    let request = InferenceRequest(
      model: TestModels.small, pixelType: .uint8, imageCount: 4, asker: asker, tag: 1)
    let stalled = try bench.service.begin(request, now: start)
    bench.service.stall(stalled)
    bench.service.abandon(stalled)
    bench.service.checkInvariants()
    try bench.ask(asker, tag: 2, images: 4, now: start)
    bench.work(answering: 0.1, now: start)
    #expect(asker.heard.keys.sorted() == [2])
  }

  @Test func `the time of a request is split into queue and computation`() throws {
    let bench = try InferenceBench()
    final class Timer: Asker {
      let share = AskerShare()
      var times: [UInt64] = []
      func answer(_ answer: borrowing InferenceAnswer) {
        guard case .computed(let result) = answer.outcome else { return }
        times = [result.queueMicroseconds, result.computeMicroseconds]
      }
    }
    let asker = Timer()
    let index = try bench.service.begin(
      InferenceRequest(
        model: TestModels.small, pixelType: .uint8, imageCount: 1, asker: asker, tag: 1),
      now: start)
    testImage(0).withUnsafeBytes { bench.service.fill(index, with: $0) }
    try bench.service.finishFilling(index, now: start)
    bench.service.submit()
    var batch = Batch()
    bench.queue.poll(into: &batch, now: start)
    for index in 0..<10 { bench.port.slab.probabilities(batch.segments[0].firstSlot)[index] = 0.1 }
    batch.handBack(
      to: [bench.port], started: start.advanced(byMicroseconds: 300),
      finished: start.advanced(byMicroseconds: 350))
    bench.service.fetchCompletions()
    #expect(asker.times == [300, 50])
  }
}
