import DigitModel
import EventLoop

/// Requests from their beginning to their answer: takes their images into the slab, queues them
/// for the workers, and tells their askers when they are done. One for each loop, on its thread.
package final class InferenceService {
  private let slab: ImageSlab
  private let requests: RequestTable
  private let queue: JobQueue
  private let completions: CompletionQueue
  private let index: LoopIndex
  /// The loop's own, for what is quicker computed than handed over.
  private let inline: InlineComputation
  private var stalled: StalledRequests
  private var askers: AskerNumbers
  private let queueAge: QueueAge.Limits
  private let imagesPerBatchMax: Int
  private var newJobs: [Job] = []
  /// What the new jobs take to compute, about.
  private var newNanoseconds: UInt64 = 0
  private var fetched: [Completion] = []
  private var refusals = TurnRefusals()
  private let metrics: LoopMetrics
  private let clock: () -> Instant
  package let memory: MemoryAccount
  /// What new requests may name, each with its metrics: a request finds them without a lock.
  private var served: [(model: LoadedModel, metrics: ModelMetrics)] = []

  /// - Parameters:
  ///   - limits: of the loop, not of the server.
  ///   - port: the loop's own.
  ///   - clock: what time it is, where no caller says so.
  package init(
    loop index: LoopIndex, limits: ServerLimits, port: LoopPort, queue: JobQueue,
    metrics: LoopMetrics, clock: @escaping () -> Instant = { .now }
  ) {
    let base = RequestIndex(Int(index) * limits.requestsMax)
    self.index = index
    self.queue = queue
    self.metrics = metrics
    self.clock = clock
    memory = MemoryAccount(limits: limits)
    slab = port.slab
    completions = port.completions
    requests = RequestTable(base: base, capacity: limits.requestsMax)
    stalled = StalledRequests(base: base, requestsMax: limits.requestsMax)
    askers = AskerNumbers(base: base, capacity: limits.requestsMax)
    queueAge = limits.queue
    imagesPerBatchMax = limits.imagesPerBatchMax
    inline = InlineComputation(limits: limits, loop: index, slab: port.slab, clock: clock)
    fetched.reserveCapacity(2 * limits.requestsMax)
    newJobs.reserveCapacity(limits.requestsMax)
  }

  /// Requests for these models are about to come; others may end still.
  package func serve(_ models: [LoadedModel]) {
    served = zip(models, metrics.models.serve(models)).map { ($0, $1) }
  }

  private func metrics(of model: LoadedModel) -> ModelMetrics {
    for index in served.indices where served[index].model === model {
      return served[index].metrics
    }
    return metrics.models.metrics(of: model)
  }

  // MARK: From the askers

  /// Takes memory for a request whose pixels are about to come.
  /// - Throws: `Rejection.deadlineOutOfReach`, `.queueTooLong`, `.overShare`, `.noRoom`,
  ///   `.memoryFull`.
  package func begin(
    _ request: consuming InferenceRequest, now: Instant
  ) throws(Rejection) -> RequestIndex {
    let modelMetrics = metrics(of: request.model)
    modelMetrics.began(now: now)
    do {
      return try admit(request, modelMetrics, now: now)
    } catch {
      modelMetrics.rejected(error)
      metrics.shed(error)
      refusals.add(now: now)
      throw error
    }
  }

  private func admit(
    _ request: consuming InferenceRequest, _ modelMetrics: ModelMetrics, now: Instant
  ) throws(Rejection) -> RequestIndex {
    try memory.checkRoom()
    try Admission(
      backlog: queue.backlog, unqueuedNanoseconds: newNanoseconds, limits: queueAge,
      imagesPerBatchMax: imagesPerBatchMax
    ).check(request, now: now)
    try checkShare(of: request)
    makeRoom(for: request.imageCount)
    guard !requests.isFull, let firstSlot = slab.takeChain(request.imageCount) else {
      throw .noRoom(
        imageCount: request.imageCount, imagesFree: slab.freeCount,
        requestsInFlight: requests.count, requestsMax: requests.capacity)
    }
    defer { metrics.requestsInFlight.set(requests.count) }
    askers.count(request)
    return requests.insert(
      RequestEntry(request, metrics: modelMetrics, firstSlot: firstSlot, now: now))
  }

  /// What stalled requests hold counts as free: they give it up.
  private func checkShare(of request: borrowing InferenceRequest) throws(Rejection) {
    let share = request.asker.share
    let imagesFree = slab.freeCount + stalled.imageCount
    let requestsFree = requests.capacity - requests.count + stalled.count
    guard
      FairShare.permits(request.imageCount, held: share.imageCount, free: imagesFree),
      FairShare.permits(1, held: share.requestCount, free: requestsFree)
    else {
      // Without anything in flight there is no share to be over.
      guard share.requestCount > 0 else { return }
      throw .overShare(
        imageCount: request.imageCount, imagesHeld: share.imageCount, imagesFree: imagesFree)
    }
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
    let imageCount = requests[request].request.imageCount
    end(request, .rejected(.evicted(imageCount: imageCount)), now: clock())
    release(request)
  }

  /// A read has ended and some of the pixels have not come.
  package func stall(_ request: RequestIndex) {
    stalled.add(request, imageCount: requests[request].request.imageCount)
  }

  /// Copies the next piece of a request's pixels to where the workers read them: the only copy.
  package func fill(_ request: RequestIndex, with piece: UnsafeRawBufferPointer) {
    let imageByteCount = requests[request].request.imageByteCount
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
  /// - Throws: `Rejection.badPixel`; the request is gone then.
  package func finishFilling(_ request: RequestIndex, now: Instant) throws(Rejection) {
    stalled.remove(request)
    if let image = firstInvalidImage(request) {
      requests[request].metrics.ended(.refused)
      release(request)
      throw .badPixel(image: image)
    }
    requests[request].phase = .queued
    requests[request].arrived = now
    newJobs.append(job(request, now: now))
    newNanoseconds += requests[request].request.expectedNanoseconds
  }

  private func job(_ index: RequestIndex, now: Instant) -> Job {
    let deadline = requests[index].request.deadlineMicroseconds
    return Job(
      request: index, loop: self.index, asker: requests[index].request.asker.share.index!,
      model: requests[index].request.model, pixelType: requests[index].request.pixelType,
      isRaw: requests[index].request.isRaw, firstSlot: requests[index].firstSlot,
      imageCount: requests[index].request.imageCount, arrived: now,
      deadline: deadline == 0 ? nil : now.advanced(byMicroseconds: deadline))
  }

  /// Ends a turn: computes what it has brought, or hands it to the workers.
  package func submit() {
    guard !newJobs.isEmpty else { return }
    if inline.isWorthIt(newJobs) {
      inline.run(newJobs) { complete($0, now: $0.finished) }
      if !inline.unanswered.isEmpty { queue.add(inline.unanswered) }
    } else {
      queue.add(newJobs)
    }
    newJobs.removeAll(keepingCapacity: true)
    newNanoseconds = 0
  }

  /// The turn's answers have been sent.
  /// - Returns: how long the loop is to rest, in nanoseconds.
  package func turnSent(now: Instant) -> UInt64 {
    if let sent = refusals.takeAll(now: now) {
      metrics.refusals.record(nanoseconds: sent.nanoseconds, count: sent.count)
    }
    return TurnRest.nanoseconds(queue.backlog, queueAge, now: now)
  }

  /// Whether the request was dropped before a worker began it; if not, it will be answered.
  package func cancel(_ request: RequestIndex) -> Bool {
    guard requests[request].phase == .queued, unqueue(request) else { return false }
    requests[request].metrics.ended(.abandoned)
    release(request)
    return true
  }

  /// Nobody waits for the request any more: it is dropped now, or when its worker is done with it.
  package func abandon(_ request: RequestIndex) {
    metrics.requestsAbandoned.add()
    stalled.remove(request)
    requests[request].metrics.ended(.abandoned)
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
      newNanoseconds -= requests[request].request.expectedNanoseconds
      return true
    }
    return queue.remove(request)
  }

  /// Of a request that has begun and not ended; while it is answered it has not ended.
  package func summary(of request: RequestIndex) -> RequestSummary {
    RequestSummary(requests[request])
  }

  // MARK: From the workers

  /// Answers what the workers have computed since the last call.
  package func fetchCompletions() {
    completions.swap(with: &fetched)
    guard !fetched.isEmpty else { return }
    let now = clock()
    for completion in fetched { complete(completion, now: now) }
    fetched.removeAll(keepingCapacity: true)
  }

  /// A worker does not come to the end of its batch: its requests are answered now, and their
  /// memory is free when it does.
  package func fail(_ batch: UInt64, of worker: WorkerPulse, after time: Duration) {
    let now = clock()
    for request in worker.requests(of: batch, in: index)
    where requests[request].phase != .abandoned {
      end(request, .rejected(.workerStalled(time)), now: now)
      requests[request].phase = .abandoned
    }
  }

  private func complete(_ completion: Completion, now: Instant) {
    let request = completion.request
    requests[request].record(completion)
    metrics.record(completion)
    requests[request].metrics.record(completion)
    guard requests[request].remaining == 0 else { return }
    metrics.queueMicroseconds.add(requests[request].queueMicroseconds)
    if requests[request].phase != .abandoned { end(request, outcome(completion), now: now) }
    release(request)
  }

  private func outcome(_ completion: Completion) -> InferenceAnswer.Outcome {
    let request = completion.request
    switch completion.outcome {
    case .computed:
      let result = InferenceResult(requests[request], slab: slab)
      if let image = result.firstImageNotFinite { return .rejected(.notFinite(image: image)) }
      return .computed(result)
    case .expired:
      return .rejected(
        .deadlineExceeded(waitedMicroseconds: requests[request].queueMicroseconds))
    case .outdated:
      let own = requests[request].request.asker.share.nanoseconds
      return .rejected(
        .waitedTooLong(
          waitedMicroseconds: requests[request].queueMicroseconds,
          waitMicroseconds: queue.backlog.waitMicroseconds(own: own)))
    }
  }

  private func end(_ request: RequestIndex, _ outcome: InferenceAnswer.Outcome, now: Instant) {
    if let late = requests[request].overdueNanoseconds(outcome, queueAge, now: now) {
      metrics.overdue.record(nanoseconds: late)
    }
    switch outcome {
    case .computed: requests[request].recordAnswer(now: now)
    case .rejected(let rejection):
      requests[request].metrics.rejected(rejection)
      metrics.shed(rejection)
    }
    tell(request, outcome)
  }

  private func tell(_ request: RequestIndex, _ outcome: InferenceAnswer.Outcome) {
    requests[request].request.asker.answer(
      InferenceAnswer(tag: requests[request].request.tag, outcome: outcome))
  }

  private func firstInvalidImage(_ index: RequestIndex) -> Int? {
    guard requests[index].request.pixelType == .float32 else { return nil }
    var slot = requests[index].firstSlot
    for image in 0..<requests[index].request.imageCount {
      guard isInkInRange(slab.pixels(slot)) else { return image }
      slot = slab.next(after: slot)
    }
    return nil
  }

  private func release(_ request: RequestIndex) {
    askers.discount(requests[request].request)
    slab.freeChain(
      from: requests[request].firstSlot, count: requests[request].request.imageCount)
    requests.remove(request)
    metrics.requestsInFlight.set(requests.count)
  }

  /// Ends every request without an answer: the loop comes to its end, and no worker is left.
  func dropAll() {
    newJobs.removeAll()
    newNanoseconds = 0
    for request in requests.indices {
      stalled.remove(request)
      release(request)
    }
  }

  // MARK: For tests

  /// Requests that have begun and not ended, those included that nobody waits for.
  package var requestCount: Int { requests.count }

  /// Stops the program where slots, requests and lines contradict each other.
  package func checkInvariants() {
    stalled.checkInvariants()
    slab.checkInvariants(
      chains: requests.indices.map { (requests[$0].firstSlot, requests[$0].request.imageCount) })
    for request in requests.indices where requests[request].phase != .receiving {
      precondition(!stalled.holds(request), "a request that is whole counts as stalled")
    }
    askers.checkInvariants(requests.indices.map { requests[$0].request })
  }
}
