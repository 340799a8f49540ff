import DigitServer
import EventLoop
import Slots

/// The server's parts without threads and sockets: loops, workers and time go on when told to.
final class SimulatedServer {
  private(set) var now = Instant(nanoseconds: 1_000_000_000)
  private let clock: Clock
  private let queue: JobQueue
  private var ports: [LoopPort] = []
  private var services: [InferenceService] = []
  private var contexts: [LoopContext] = []
  private var workers: [Worker] = []
  private var nextVersion: UInt32 = 1
  private var replaced: [Gone] = []
  private var reloads: [(RepositoryReport) -> Void] = []
  let limits: ServerLimits
  let isLoose: Bool

  private final class Clock {
    var now = Instant(nanoseconds: 1_000_000_000)
  }

  private struct Worker {
    var batch = Batch()
    var started = Instant(nanoseconds: 0)
  }

  private struct Gone {
    weak var model: LoadedModel?
  }

  init(_ random: inout SeededRandom) throws {
    var limits = ServerLimits()
    limits.perConnection = SimulatedClient.limits
    limits.requestsMax = 10
    limits.imagesMax = 18
    limits.imagesPerBatchMax = 8
    limits.imagesPerShareMin = 2
    limits.unsentByteCountMax = random.oneIn(3) ? 40_000 : 1 << 20
    limits.unsentByteCountMaxPerConnection = 33_000
    limits.inlineBudget = random.oneIn(3) ? .microseconds(8) : .zero
    limits.queue = QueueAge.Limits(ageMax: .milliseconds(4), interval: .milliseconds(2))
    limits.handshakeTimeout = .milliseconds(50)
    limits.frameTimeout = .milliseconds(60)
    limits.idleTimeout = .milliseconds(400)
    limits.writeStallTimeout = .milliseconds(80)
    limits.lingerTimeout = .milliseconds(10)
    limits.drainStallTimeout = .milliseconds(30)
    self.limits = limits
    isLoose = random.oneIn(2)
    clock = Clock()
    let loopCount = 1 + random.next(below: 2)
    queue = try JobQueue(
      BatchScheduler(limits.scheduling(requestsMax: limits.requestsMax * loopCount)))
    workers = (0..<(1 + random.next(below: 2))).map { _ in Worker() }
    let catalog = makeCatalog()
    for index in 0..<loopCount { addLoop(LoopIndex(index), catalog) }
  }

  private func addLoop(_ index: LoopIndex, _ catalog: ModelCatalog) {
    let port = LoopPort(
      slab: ImageSlab(slotCount: limits.imagesMax),
      completions: CompletionQueue(capacity: 2 * limits.requestsMax)
    ) {}
    let clock = clock
    let metrics = LoopMetrics()
    let service = InferenceService(
      loop: index, limits: limits, port: port, queue: queue, metrics: metrics
    ) { clock.now }
    ports.append(port)
    services.append(service)
    let context = LoopContext(
      limits: limits, inference: service, metrics: metrics, log: Log(level: .error) { _ in },
      access: AccessList(), catalog: catalog,
      figures: ServerFigures(loops: [metrics], queue: queue, began: now, version: "0"))
    // As much waits at one time as for a real repository's thread.
    context.repository = RepositoryAccess { [unowned self] _, completion in
      guard reloads.count < 2 else { return false }
      reloads.append(completion)
      return true
    }
    contexts.append(context)
  }

  /// RELOADs that have no answer yet, those included whose connection has gone.
  var reloadCount: Int { reloads.count }

  func finishReload() {
    guard !reloads.isEmpty else { return }
    reloads.removeFirst()(RepositoryReport())
  }

  var loopCount: Int { contexts.count }
  var isDraining: Bool { contexts[0].isDraining }

  func connect(
    _ id: SlotID, loop: Int, ageMicroseconds: Int?, closed: @escaping (BinaryConnection) -> Void
  ) -> SimulatedClient {
    let transport = SimulatedTransport()
    contexts[loop].unsent.connectionCount += 1
    let context = contexts[loop]
    let connection = BinaryConnection(
      id, transport: transport, context: context, origin: .unixSocket,
      expires: ageMicroseconds.map { now.advanced(byMicroseconds: UInt64($0)) }, now: now
    ) {
      context.unsent.connectionCount -= 1
      closed($0)
    }
    return SimulatedClient(
      transport: transport, connection: connection, isLate: isDraining,
      isFollowing: id.index.isMultiple(of: 2))
  }

  // MARK: What goes on

  func pass(microseconds: Int) {
    now = now.advanced(byMicroseconds: UInt64(microseconds))
    clock.now = now
  }

  func endTurn(loop: Int) {
    services[loop].submit()
    contexts[loop].turnEnded()
  }
  func fetchCompletions(loop: Int) { services[loop].fetchCompletions() }

  /// A worker without a batch takes one; one with a batch hands it back.
  func work(_ index: Int) {
    let index = index % workers.count
    if workers[index].batch.isEmpty {
      queue.poll(into: &workers[index].batch, now: now)
      workers[index].started = now
    } else {
      compute(workers[index].batch)
      workers[index].batch.handBack(to: ports, started: workers[index].started, finished: now)
      workers[index].batch.removeAll()
    }
  }

  private func compute(_ batch: Batch) {
    guard let model = batch.model else { return }
    for segment in batch.segments {
      let slab = ports[Int(segment.loop)].slab
      var slot = slab.slot(segment.skip, after: segment.firstSlot)
      for _ in 0..<segment.count {
        let image = SimulatedModels.number(of: slab.pixels(slot)) % SimulatedModels.images.count
        let answer = SimulatedModels.answer(version: model.version, image: image)
        for (index, value) in answer.enumerated() { slab.probabilities(slot)[index] = value }
        slot = slab.next(after: slot)
      }
    }
  }

  func switchModels() {
    for model in contexts[0].catalog.models { replaced.append(Gone(model: model)) }
    let catalog = makeCatalog()
    for context in contexts { context.catalog = catalog }
  }

  /// The one after those that the loops have.
  private func makeCatalog() -> ModelCatalog {
    defer { nextVersion += 2 }
    var models = [
      SimulatedModels.model("a", version: nextVersion),
      SimulatedModels.model("b", version: nextVersion + 1),
    ]
    // In another order, or one of them alone.
    if nextVersion % 6 == 1 { models.reverse() }
    if nextVersion % 10 == 1 { models.removeFirst() }
    return ModelCatalog(ServedModels(models), after: contexts.first?.catalog)
  }

  func drain() {
    for context in contexts { context.isDraining = true }
  }

  // MARK: What must hold

  var requestCount: Int { services.reduce(0) { $0 + $1.requestCount } }
  var hasWork: Bool { requestCount > 0 || workers.contains { !$0.batch.isEmpty } }

  /// Stops the program where a structure contradicts itself.
  func checkStructures() {
    for service in services { service.checkInvariants() }
    queue.checkInvariants()
  }

  /// - Parameter unsent: bytes that connections of each loop have not sent.
  func checkBudgets(unsent: [Int]) throws {
    for (context, byteCount) in zip(contexts, unsent) where context.unsent.byteCount != byteCount {
      throw Fault("\(byteCount) bytes are unsent, \(context.unsent.byteCount) are accounted")
    }
  }

  /// When every connection is gone and every worker is idle.
  func checkNothingIsLeft() throws {
    guard requestCount == 0 else { throw Fault("\(requestCount) requests are left") }
    guard queue.queuedImages == 0 else { throw Fault("\(queue.queuedImages) images are queued") }
    for port in ports where port.slab.freeCount != limits.imagesMax {
      throw Fault("\(limits.imagesMax - port.slab.freeCount) image slots are not free")
    }
    for context in contexts where context.unsent.byteCount != 0 {
      throw Fault("\(context.unsent.byteCount) unsent bytes are accounted for nobody")
    }
    let left = replaced.count { $0.model != nil }
    guard left == 0 else { throw Fault("\(left) replaced models are still held") }
  }
}
