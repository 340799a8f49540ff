import EventLoop
import Slots

/// Decides what a free worker computes next. It has no timer: a batch is what has queued up while
/// the workers were busy, so a lone request never waits for company.
///
/// Askers take turns by deficit round robin (Shreedhar and Varghese, "Efficient Fair Queueing Using
/// Deficit Round-Robin", 1995), twice: models by the time that their batches take, in which each
/// has as many shares as askers wait for it; and within a model the askers, by images. A batch is
/// filled from as many askers as it takes, so fairness makes none smaller.
///
///     models ─► askers of a model, in their round ─► requests of an asker, as they came
///
/// What waits too long is handed back instead: see `QueueAge`. All memory is taken at start.
package struct BatchScheduler {
  struct Node {
    var job: Job
    /// Images that workers have taken already.
    var taken: Int
    let flow: FlowIndex
  }

  private var nodes: [Node?]
  /// The requests of each flow, and those that no worker has begun, as they came.
  private let links: IndexLinks
  private let ageLinks: IndexLinks
  private var withDeadline = IndexList()
  private var withoutDeadline = IndexList()
  private var flows: FlowTable
  private var models: ModelRound
  private let limits: Limits
  private var age: QueueAge
  package private(set) var queuedImages = 0
  /// What one worker would take to compute what waits, as measured when the models were loaded.
  package private(set) var queuedNanoseconds: UInt64 = 0

  package struct Limits: Sendable {
    /// Over all loops.
    package var requestsMax: Int
    package var imagesPerBatchMax: Int
    package var imagesPerShareMin: Int
    /// A batch that would take longer has fewer images.
    package var batchNanosecondsMax = UInt64.max
    package var age = QueueAge.Limits()

    package init(requestsMax: Int, imagesPerBatchMax: Int, imagesPerShareMin: Int) {
      self.requestsMax = requestsMax
      self.imagesPerBatchMax = imagesPerBatchMax
      self.imagesPerShareMin = imagesPerShareMin
    }
  }

  package init(_ limits: Limits) {
    self.limits = limits
    nodes = Array(repeating: nil, count: limits.requestsMax)
    links = IndexLinks(capacity: limits.requestsMax)
    ageLinks = IndexLinks(capacity: limits.requestsMax)
    flows = FlowTable(capacity: limits.requestsMax)
    models = ModelRound(imagesPerBatchMax: limits.imagesPerBatchMax)
    age = QueueAge(limits.age)
  }

  /// Askers that something waits for.
  package var askerCount: Int { flows.askerCount }

  /// Since when something has waited without a break; nil where nothing waits.
  package var standingSince: Instant? { age.standingSince }

  /// When that came which has waited longest and that no worker has begun.
  package var oldestArrival: Instant? {
    let arrivals = (arrival(firstOf: withDeadline), arrival(firstOf: withoutDeadline))
    guard let first = arrivals.0, let second = arrivals.1 else { return arrivals.0 ?? arrivals.1 }
    return min(first, second)
  }

  private func arrival(firstOf list: IndexList) -> Instant? {
    list.isEmpty ? nil : nodes[Int(list.first)]!.job.arrived
  }

  /// What waits, by model.
  package var waiting: [WaitingWork] {
    models.waiting.map { queue in
      var work = WaitingWork(model: queue.model, imageCount: queue.imageCount)
      var flow = queue.round.first
      while flow != IndexLinks.none {
        // An asker's requests of a model come in their order.
        let first = nodes[Int(flows[flow].requests.first)]!
        work.oldestArrival = min(work.oldestArrival ?? first.job.arrived, first.job.arrived)
        flow = flows.links.next(after: flow)
      }
      return work
    }
  }

  /// - Precondition: the request is not queued already.
  package mutating func enqueue(_ job: Job) {
    precondition(nodes[Int(job.request)] == nil, "a request is queued once")
    if queuedImages == 0 { age.began(at: job.arrived) }
    let queue = models.index(of: job.model)
    let (flow, isFirst) = flows.index(of: job.asker, in: queue)
    if isFirst { models.join(flow, queue, flows.links) }
    nodes[Int(job.request)] = Node(job: job, taken: 0, flow: flow)
    links.append(job.request, to: &flows[flow].requests)
    withAgeList(of: job) { $1.append(job.request, to: &$0) }
    count(job.imageCount, of: queue)
  }

  /// Takes a request out again; false when a worker has begun it (or it is not here).
  package mutating func remove(_ request: RequestIndex) -> Bool {
    guard let node = nodes[Int(request)], node.taken == 0 else { return false }
    takeOut(request, node)
    models.dropIfEmpty(models.index(of: node.job.model))
    return true
  }

  /// Fills `batch` with what the asking worker shall do; leaves it empty when nothing waits.
  ///
  /// With colleagues idle a worker takes its fair share, not all, so that a burst is computed on
  /// every core. A request whose answer would come after its deadline is handed back, for time
  /// spent on it is lost to those that can still be answered in time; and so is one that has waited
  /// too long in a queue that does not empty.
  package mutating func fill(
    _ batch: inout Batch, now: Instant, idleWorkers: Int, pace: Pace = Pace()
  ) {
    takeLate(
      into: &batch, now: now, pace: pace, imagesPerShare: imagesPerShare(idleWorkers: idleWorkers))
    let share = imagesPerShare(idleWorkers: idleWorkers)
    let next = models.next { [limits] model in
      min(share, limits.imagesPerBatch(of: model, pace: pace))
    }
    guard let (queue, wanted) = next else { return }
    batch.begin(models[queue].model)
    takeTurns(in: queue, upTo: wanted, now: now, pace: pace, into: &batch)
    models.charge(batch.imageCount, to: queue)
    models.dropIfEmpty(queue)
    // What will have waited too long when this batch is done hears of it now, not then.
    let computing = pace.nanoseconds(expected: batch.expectedNanoseconds ?? 0)
    takeOutdated(into: &batch, now: now.advanced(byNanoseconds: computing))
  }

  private func imagesPerShare(idleWorkers: Int) -> Int {
    max(limits.imagesPerShareMin, (queuedImages + idleWorkers) / (idleWorkers + 1))
  }

  /// How many idle workers are worth waking for what waits.
  package func workersToWake(idle: Int) -> Int {
    min(idle, (queuedImages + limits.imagesPerShareMin - 1) / limits.imagesPerShareMin)
  }
}

// MARK: - Turns

extension BatchScheduler {
  /// Goes round the askers of a model until the batch is full or nothing waits.
  ///
  /// In each round an asker is given one image more to its credit. It has its turn when that
  /// covers its next request, of which one turn takes a batch's length at most; a turn that the end
  /// of a batch has cut off goes on in the next.
  private mutating func takeTurns(
    in queue: Int, upTo wanted: Int, now: Instant, pace: Pace, into batch: inout Batch
  ) {
    // Flows in a row whose credit was not enough.
    var passedOver = 0
    while batch.imageCount < wanted, let flow = models.first(in: queue) {
      if flows[flow].owed == 0 {
        guard !dropLateHead(of: flow, upTo: wanted, now: now, pace: pace, into: &batch) else {
          continue
        }
        guard beginTurn(of: flow, isAlone: models[queue].round.count == 1) else {
          models.rotate(queue, flows.links)
          passedOver += 1
          if passedOver >= models[queue].round.count {
            skipRounds(of: queue)
            passedOver = 0
          }
          continue
        }
        passedOver = 0
      }
      let count = min(flows[flow].owed, wanted - batch.imageCount)
      takeHead(of: flow, count, into: &batch)
      if flows[flow].requests.isEmpty {
        leave(flow)
      } else if flows[flow].owed == 0 {
        models.rotate(queue, flows.links)
      }
    }
  }

  /// - Returns: whether its credit is enough.
  private mutating func beginTurn(of flow: FlowIndex, isAlone: Bool) -> Bool {
    let part = nextPart(of: flow)
    return flows[flow].beginTurn(part, isAlone: isAlone)
  }

  /// How many images a flow's next request wants in a turn.
  private func nextPart(of flow: FlowIndex) -> Int {
    let request = Int(flows[flow].requests.first)
    return min(nodes[request]!.job.imageCount - nodes[request]!.taken, limits.imagesPerBatchMax)
  }

  /// Rounds in which nobody's credit is enough are not gone through but added up at once.
  /// - Precondition: each flow of the queue has been passed over.
  private mutating func skipRounds(of queue: Int) {
    var fewest = Int.max
    var flow = models[queue].round.first
    while flow != IndexLinks.none {
      fewest = min(fewest, flows[flow].missing(to: nextPart(of: flow)))
      flow = flows.links.next(after: flow)
    }
    // The last of them is gone through: whose turn begins depends on the order.
    flow = models[queue].round.first
    while flow != IndexLinks.none {
      flows[flow].addRounds(fewest - 1)
      flow = flows.links.next(after: flow)
    }
  }

  private mutating func takeHead(of flow: FlowIndex, _ count: Int, into batch: inout Batch) {
    let request = flows[flow].requests.first
    let node = nodes[Int(request)]!
    batch.append(node.job.segment(skip: node.taken, count: count))
    discount(count, of: flows[flow].queue)
    flows[flow].owed -= count
    if node.taken == 0 { withAgeList(of: node.job) { $1.remove(request, from: &$0) } }
    if node.taken + count == node.job.imageCount {
      links.remove(request, from: &flows[flow].requests)
      nodes[Int(request)] = nil
    } else {
      nodes[Int(request)]!.taken += count
    }
  }

  /// A flow without requests gives its credit up.
  private mutating func leave(_ flow: FlowIndex) {
    models.leave(flow, flows[flow].queue, flows.links)
    flows.remove(flow)
  }
}

// MARK: - What comes too late

extension BatchScheduler {
  /// Fills `batch` with what has waited too long, wherever it stands, to be handed back.
  ///
  /// Whoever takes it, this worker now or another, its answer comes when all are computed that ride
  /// with it.
  /// - Parameter imagesPerShare: what one worker takes of what waits.
  package mutating func takeLate(
    into batch: inout Batch, now: Instant, pace: Pace, imagesPerShare: Int = .max
  ) {
    batch.removeAll()
    while !withDeadline.isEmpty {
      let node = nodes[Int(withDeadline.first)]!
      let waiting = models[flows[node.flow].queue].imageCount
      let wanted = limits.imagesPerBatch(of: node.job.model, pace: pace)
      let count = max(node.job.imageCount, min(waiting, wanted, imagesPerShare))
      guard isLate(node, batchImageCount: count, now: now, pace: pace) else { break }
      handBack(node, .expired, into: &batch)
      models.dropIfEmpty(models.index(of: node.job.model))
    }
    takeOutdated(into: &batch, now: now)
  }

  private mutating func takeOutdated(into batch: inout Batch, now: Instant) {
    while !withoutDeadline.isEmpty {
      let node = nodes[Int(withoutDeadline.first)]!
      guard age.isExceeded(by: node.job.arrived, now: now) else { break }
      handBack(node, .outdated, into: &batch)
      models.dropIfEmpty(models.index(of: node.job.model))
    }
  }

  /// Its answer comes when the whole batch has been computed.
  /// - Returns: whether the head of the flow was handed back.
  private mutating func dropLateHead(
    of flow: FlowIndex, upTo wanted: Int, now: Instant, pace: Pace, into batch: inout Batch
  ) -> Bool {
    let node = nodes[Int(flows[flow].requests.first)]!
    let waiting = models[flows[flow].queue].imageCount
    let count = min(wanted, batch.imageCount + waiting)
    guard isLate(node, batchImageCount: count, now: now, pace: pace) else { return false }
    handBack(node, .expired, into: &batch)
    return true
  }

  private func isLate(_ node: Node, batchImageCount: Int, now: Instant, pace: Pace) -> Bool {
    guard node.taken == 0, let deadline = node.job.deadline else { return false }
    let expected = node.job.model.cost.nanoseconds(images: batchImageCount)
    return deadline <= now.advanced(byNanoseconds: pace.nanoseconds(expected: expected))
  }

  private mutating func handBack(
    _ node: Node, _ outcome: Completion.Outcome, into batch: inout Batch
  ) {
    batch.appendUndone(node.job.segment(skip: 0, count: node.job.imageCount), outcome)
    takeOut(node.job.request, node)
  }
}

// MARK: - Counts

extension BatchScheduler {
  private mutating func takeOut(_ request: RequestIndex, _ node: Node) {
    let queue = flows[node.flow].queue
    withAgeList(of: node.job) { $1.remove(request, from: &$0) }
    links.remove(request, from: &flows[node.flow].requests)
    nodes[Int(request)] = nil
    discount(node.job.imageCount, of: queue)
    if flows[node.flow].requests.isEmpty { leave(node.flow) }
  }

  private mutating func withAgeList(of job: Job, _ change: (inout IndexList, IndexLinks) -> Void) {
    if job.deadline == nil {
      change(&withoutDeadline, ageLinks)
    } else {
      change(&withDeadline, ageLinks)
    }
  }

  private mutating func count(_ images: Int, of queue: Int) {
    queuedImages += images
    models[queue].imageCount += images
    queuedNanoseconds += models[queue].model.cost.nanosecondsPerImage * UInt64(images)
  }

  private mutating func discount(_ images: Int, of queue: Int) {
    queuedImages -= images
    models[queue].imageCount -= images
    queuedNanoseconds -= models[queue].model.cost.nanosecondsPerImage * UInt64(images)
    if queuedImages == 0 { age.ended() }
  }

  /// Stops the program where queues, nodes and counts contradict each other; for tests.
  package func checkInvariants() {
    let waiting = nodes.compactMap { $0 }
    links.checkInvariants(flows.all.map(\.requests))
    ageLinks.checkInvariants([withDeadline, withoutDeadline])
    precondition(waiting.count == flows.all.reduce(0) { $0 + $1.requests.count })
    let notBegun = waiting.count { $0.taken == 0 }
    precondition(notBegun == withDeadline.count + withoutDeadline.count)
    models.checkInvariants(flows)
    let images = waiting.reduce(0) { $0 + $1.job.imageCount - $1.taken }
    precondition(images == queuedImages, "\(images) images wait, \(queuedImages) are counted")
    let nanoseconds = waiting.reduce(UInt64(0)) {
      $0 + $1.job.model.cost.nanosecondsPerImage * UInt64($1.job.imageCount - $1.taken)
    }
    precondition(nanoseconds == queuedNanoseconds, "what waits is not as long as is counted")
    precondition((queuedImages == 0) == (standingSince == nil), "an empty queue stands")
  }
}

extension BatchScheduler.Limits {
  /// What a batch of the model may hold: no more than is computed within the longest time.
  func imagesPerBatch(of model: LoadedModel, pace: Pace) -> Int {
    guard batchNanosecondsMax < .max else { return imagesPerBatchMax }
    let cost = model.cost
    let perImage = max(1, pace.nanoseconds(expected: cost.nanosecondsPerImage))
    let perBatch = pace.nanoseconds(expected: cost.nanosecondsPerBatch)
    guard perBatch < batchNanosecondsMax else { return 1 }
    let count = (batchNanosecondsMax - perBatch) / perImage
    return Int(min(UInt64(imagesPerBatchMax), max(1, count)))
  }
}
