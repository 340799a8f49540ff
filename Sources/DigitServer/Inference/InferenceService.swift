import DigitWire
import EventLoop

/// Requests from their header to their answer: takes their images into the slab, queues them for
/// the workers, and says when they are done. Belongs to the loop's thread.
final class InferenceService {
  /// Why a request ended.
  enum Outcome {
    case computed
    case refused(Refusal)
  }

  /// Called once for each request that `begin` accepted and whose connection still waits; its
  /// entry and probabilities are valid for the length of the call.
  var answer: ((borrowing RequestEntry, Outcome) -> Void)?

  let slab: ImageSlab
  private let requests: RequestTable
  private let queue: JobQueue
  private let completions: CompletionQueue
  private var wakeup: Wakeup?
  private var pool: WorkerPool?
  private let models: [LoadedModel]
  /// The loop's own, for what is quicker computed than handed over.
  private let runner: BatchRunner
  private let inlineBudget: Duration
  private var inlineBatch = Batch()
  private var stalled: StalledRequests
  private var newJobs: [Job] = []
  private var fetched: [Completion] = []
  private let metrics: Metrics

  /// - Throws: `UVError` when the system gives no more descriptors or threads.
  init(
    models: [LoadedModel], workers: Int, processors: [Int], limits: ServerLimits, loop: Loop,
    metrics: Metrics
  ) throws(UVError) {
    self.metrics = metrics
    self.models = models
    inlineBudget = limits.inlineBudget
    slab = ImageSlab(slotCount: limits.imagesMax)
    runner = BatchRunner(models: models, slab: slab)
    requests = RequestTable(capacity: limits.requestsMax)
    stalled = StalledRequests(requestsMax: limits.requestsMax)
    queue = try JobQueue(
      BatchScheduler(
        requestsMax: limits.requestsMax, modelCount: models.count,
        imagesPerBatchMax: limits.imagesPerBatchMax, imagesPerShareMin: limits.imagesPerShareMin))
    completions = CompletionQueue(capacity: 2 * limits.requestsMax)
    fetched.reserveCapacity(2 * limits.requestsMax)
    newJobs.reserveCapacity(limits.requestsMax)
    let wakeup = try Wakeup(on: loop) { [unowned self] in fetchCompletions() }
    self.wakeup = wakeup
    pool = try WorkerPool(
      count: workers, processors: processors, models: models, slab: slab, queue: queue,
      completions: completions, wakeup: wakeup)
  }

  var requestsInFlight: Int { requests.count }
  var imagesQueued: Int { queue.queuedImages }

  // MARK: From the connections

  /// Takes memory for a request whose pixels are about to come.
  /// - Throws: `OVERLOADED`.
  func begin(
    _ predict: Predict, id: UInt64, model: Int, connection: ConnectionID, now: Instant
  ) throws(Refusal) -> RequestIndex {
    makeRoom(for: predict.imageCount)
    guard !requests.isFull, let firstSlot = slab.takeChain(predict.imageCount) else {
      throw Refusal(
        .overloaded,
        "expected room for \(predict.imageCount) images, got \(slab.freeCount) free "
          + "and \(requests.count) of \(requests.capacity) requests in flight")
    }
    return requests.insert(
      RequestEntry(
        connection: connection, id: id, predict: predict, model: model, firstSlot: firstSlot,
        fillSlot: firstSlot, arrived: now, remaining: predict.imageCount))
  }

  /// Takes it from requests that are stalled, where there is too little.
  private func makeRoom(for imageCount: Int) {
    guard slab.freeCount + stalled.imageCount >= imageCount else { return }
    while requests.isFull || slab.freeCount < imageCount, let request = stalled.longest {
      evict(request)
    }
  }

  private func evict(_ request: RequestIndex) {
    stalled.remove(request)
    metrics.requestsEvicted += 1
    answer?(
      requests[request],
      .refused(
        Refusal(
          .overloaded,
          "expected the rest of the images before others needed the room, got a part of "
            + "\(requests[request].predict.imageCount)")))
    release(request)
  }

  /// A read has ended and some of the pixels have not come.
  func stall(_ request: RequestIndex) {
    stalled.add(request, imageCount: requests[request].predict.imageCount)
  }

  /// Copies the next piece of a request's pixels to where the workers read them: the only copy.
  func fill(_ request: RequestIndex, with piece: UnsafeRawBufferPointer) {
    let imageByteCount = requests[request].predict.pixelType.imageByteCount
    var piece = piece
    var slot = requests[request].fillSlot
    var offset = requests[request].fillOffset
    while !piece.isEmpty {
      let count = min(imageByteCount - offset, piece.count)
      (slab.pixels(slot) + offset).copyMemory(from: piece.baseAddress!, byteCount: count)
      piece = UnsafeRawBufferPointer(rebasing: piece[count...])
      offset += count
      if offset == imageByteCount {
        offset = 0
        slot = slab.next(after: slot)
      }
    }
    requests[request].fillSlot = slot
    requests[request].fillOffset = offset
  }

  /// All pixels are there: the request is queued at the end of this turn.
  /// - Throws: `BAD_PIXEL`; the request is gone then.
  func finishFilling(_ request: RequestIndex, now: Instant) throws(Refusal) {
    stalled.remove(request)
    let entry = requests[request]
    if let image = firstInvalidImage(of: entry) {
      release(request)
      throw Refusal(
        .badPixel, "expected pixels from 0 to 1 in image \(image), got one that is not",
        image: image)
    }
    requests[request].phase = .queued
    requests[request].arrived = now
    let deadline = entry.predict.deadlineMicroseconds
    newJobs.append(
      Job(
        request: request, model: entry.model, pixelType: entry.predict.pixelType,
        isRaw: entry.predict.isRaw, firstSlot: entry.firstSlot,
        imageCount: entry.predict.imageCount,
        deadline: deadline == 0 ? nil : now.advanced(byMicroseconds: UInt64(deadline))))
  }

  /// Ends a turn: computes what it has brought, or hands it to the workers.
  func submit() {
    guard !newJobs.isEmpty else { return }
    if isWorthInline(newJobs) {
      computeInline()
    } else {
      queue.add(newJobs)
    }
    newJobs.removeAll(keepingCapacity: true)
  }

  /// Whether the request was dropped before a worker began it; if not, it will be answered.
  func cancel(_ request: RequestIndex) -> Bool {
    guard requests[request].phase == .queued, unqueue(request) else { return false }
    release(request)
    return true
  }

  /// The request's connection is gone: it is dropped now, or when its worker is done with it.
  func abandon(_ request: RequestIndex) {
    metrics.requestsAbandoned += 1
    stalled.remove(request)
    if requests[request].phase == .receiving || unqueue(request) {
      release(request)
    } else {
      requests[request].phase = .abandoned
    }
  }

  /// Whether the request was waiting, in this turn or in the queue, and now is not.
  private func unqueue(_ request: RequestIndex) -> Bool {
    if let index = newJobs.firstIndex(where: { $0.request == request }) {
      newJobs.remove(at: index)
      return true
    }
    return queue.remove(request)
  }

  /// Ends the workers after their present batch.
  func stop() {
    pool?.stop()
    pool = nil
    wakeup?.close()
    wakeup = nil
  }

  // MARK: On the loop

  /// Waking a worker and being woken by it costs more than a small network's one image: what
  /// stays within the budget is computed here, and delays the other connections by no more.
  private func isWorthInline(_ jobs: [Job]) -> Bool {
    var nanoseconds: UInt64 = 0
    let budget = inlineBudget.wholeMicroseconds * 1_000
    for job in jobs {
      nanoseconds += models[job.model].cost.nanoseconds(images: job.imageCount)
      if nanoseconds > budget || job.imageCount > models[job.model].plan.maximumBatch {
        return false
      }
    }
    return true
  }

  private func computeInline() {
    let now = Instant.now
    for job in newJobs {
      let segment = job.segment(skip: 0, count: job.imageCount)
      if let deadline = job.deadline, deadline <= now {
        complete(Completion(segment, .expired, batchImageCount: 0, started: now, finished: now))
        continue
      }
      let hasRoom =
        inlineBatch.imageCount + job.imageCount <= models[job.model].plan.maximumBatch
      if job.model != inlineBatch.model || !hasRoom { runInlineBatch() }
      inlineBatch.model = job.model
      inlineBatch.append(segment)
    }
    runInlineBatch()
  }

  private func runInlineBatch() {
    guard !inlineBatch.isEmpty else { return }
    let started = Instant.now
    runner.run(inlineBatch)
    let finished = Instant.now
    for (index, segment) in inlineBatch.segments.enumerated() {
      complete(
        Completion(
          segment, .computed, batchImageCount: index == 0 ? inlineBatch.imageCount : 0,
          started: started, finished: finished))
    }
    inlineBatch.removeAll()
  }

  // MARK: From the workers

  private func fetchCompletions() {
    completions.swap(with: &fetched)
    for completion in fetched { complete(completion) }
    fetched.removeAll(keepingCapacity: true)
  }

  private func complete(_ completion: Completion) {
    let request = completion.request
    requests[request].record(completion)
    metrics.record(completion)
    guard requests[request].remaining == 0 else { return }
    metrics.queueMicroseconds += requests[request].queueMicroseconds
    if requests[request].phase != .abandoned {
      switch completion.outcome {
      case .computed: answer?(requests[request], .computed)
      case .expired:
        answer?(
          requests[request],
          .refused(
            Refusal(
              .deadlineExceeded,
              "expected inference to begin within the deadline, got "
                + "\(requests[request].queueMicroseconds) microseconds of waiting")))
      }
    }
    release(request)
  }

  private func firstInvalidImage(of entry: RequestEntry) -> Int? {
    guard entry.predict.pixelType == .float32 else { return nil }
    var slot = entry.firstSlot
    for image in 0..<entry.predict.imageCount {
      guard isValidFloat32Image(slab.pixels(slot)) else { return image }
      slot = slab.next(after: slot)
    }
    return nil
  }

  private func release(_ request: RequestIndex) {
    let entry = requests[request]
    slab.freeChain(from: entry.firstSlot, count: entry.predict.imageCount)
    requests.remove(request)
  }
}

extension RequestEntry {
  mutating func record(_ completion: Completion) {
    remaining -= completion.imageCount
    queueMicroseconds = max(
      queueMicroseconds, completion.started.microseconds(since: arrived))
    computeMicroseconds = max(
      computeMicroseconds, completion.finished.microseconds(since: completion.started))
  }
}
