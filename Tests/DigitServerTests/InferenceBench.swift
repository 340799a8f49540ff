import DigitModel
import DigitServer
import EventLoop

/// Remembers what it is answered.
final class AnswerRecorder: Asker {
  let share = AskerShare()
  enum Heard: Equatable {
    case computed([[Float]], version: UInt32)
    case rejected(Rejection)
  }

  private(set) var heard: [UInt64: Heard] = [:]
  private(set) var answerCount = 0

  func answer(_ answer: borrowing InferenceAnswer) {
    answerCount += 1
    switch answer.outcome {
    case .computed(let result):
      var images: [[Float]] = []
      result.forEachImage { images.append(Array($0)) }
      heard[answer.tag] = .computed(images, version: result.model.version)
    case .rejected(let rejection): heard[answer.tag] = .rejected(rejection)
    }
  }
}

/// One loop's service and its queue.
struct InferenceBench {
  let service: InferenceService
  let queue: JobQueue
  let port: LoopPort
  let metrics = LoopMetrics()
  /// What the service takes for the time when completions are fetched.
  let clock = Clock()

  final class Clock {
    var now = Instant(nanoseconds: 0)
  }

  init(
    imagesMax: Int = 16, inline: Duration = .zero, memoryByteCountMax: Int? = nil
  ) throws {
    var limits = ServerLimits()
    limits.memoryByteCountMax = memoryByteCountMax
    limits.requestsMax = 8
    limits.imagesMax = imagesMax
    limits.inlineBudget = inline
    queue = try JobQueue(
      BatchScheduler(limits.scheduling(requestsMax: 8)))
    port = LoopPort(
      slab: ImageSlab(slotCount: imagesMax), completions: CompletionQueue(capacity: 16)
    ) {}
    let clock = clock
    service = InferenceService(
      loop: 0, limits: limits, port: port, queue: queue, metrics: metrics
    ) { clock.now }
  }

  /// Begins, fills and queues a request of test images.
  @discardableResult
  func ask(
    _ asker: AnswerRecorder, tag: UInt64, images: Int, of model: LoadedModel = TestModels.small,
    deadlineMicroseconds: UInt64 = 0, now: Instant
  ) throws -> RequestIndex {
    let index = try service.begin(
      InferenceRequest(
        model: model, pixelType: .uint8, imageCount: images,
        deadlineMicroseconds: deadlineMicroseconds, asker: asker, tag: tag),
      now: now)
    for image in 0..<images {
      testImage(image).withUnsafeBytes { service.fill(index, with: $0) }
    }
    try service.finishFilling(index, now: now)
    service.submit()
    return index
  }

  /// Takes a batch and answers each image with `value` for every class.
  /// - Parameter microseconds: how long that takes.
  func work(answering value: Float, now: Instant, taking microseconds: UInt64 = 0) {
    var batch = Batch()
    queue.poll(into: &batch, now: now)
    for segment in batch.segments {
      var slot = port.slab.slot(segment.skip, after: segment.firstSlot)
      for _ in 0..<segment.count {
        for index in 0..<10 { port.slab.probabilities(slot)[index] = value }
        slot = port.slab.next(after: slot)
      }
    }
    let finished = now.advanced(byMicroseconds: microseconds)
    batch.handBack(to: [port], started: now, finished: finished)
    service.fetchCompletions()
  }
}
