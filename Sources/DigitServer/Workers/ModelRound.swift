import Slots

/// The models that something waits for, and which of them comes next: deficit round robin by the
/// time that batches take.
///
/// A model is given credit in each round, for every asker that waits for it, until that covers its
/// next batch. Rounds in which nobody's does are not gone through but added up at once.
struct ModelRound {
  struct Queue {
    let model: LoadedModel
    /// Its askers' flows, in their order.
    var round = IndexList()
    var imageCount = 0
    /// In nanoseconds, as measured when the model was loaded.
    fileprivate(set) var credit: UInt64 = 0
    /// When it had its last turn, counted in turns.
    fileprivate var lastTurn: UInt64
  }

  /// By number; models keep theirs while they have a queue.
  private var queues: [Queue?] = []
  private var turnCount: UInt64 = 0
  private let imagesPerBatchMax: Int

  /// So many models may have waiting requests before another queue allocates.
  private static let usualQueueCount = 64
  /// What a round gives to each asker.
  fileprivate static let nanosecondsPerRound: UInt64 = 100

  init(imagesPerBatchMax: Int) {
    self.imagesPerBatchMax = imagesPerBatchMax
    queues.reserveCapacity(Self.usualQueueCount)
  }

  subscript(queue: Int) -> Queue {
    _read { yield queues[queue]! }
    _modify { yield &queues[queue]! }
  }

  /// The queue of the model, which is made where there is none.
  mutating func index(of model: LoadedModel) -> Int {
    // Few models have waiting requests at one time: a search costs less than a table.
    if let known = queues.firstIndex(where: { $0?.model === model }) { return known }
    let queue = Queue(model: model, lastTurn: turnCount)
    if let unused = queues.firstIndex(where: { $0 == nil }) {
      queues[unused] = queue
      return unused
    }
    queues.append(queue)
    return queues.count - 1
  }

  mutating func dropIfEmpty(_ queue: Int) {
    if queues[queue]?.round.isEmpty == true { queues[queue] = nil }
  }

  // MARK: Models

  /// Which model's batch is next, and how many images it is to have.
  /// - Parameter batchMax: how many images a batch of the model may have.
  mutating func next(batchMax: (LoadedModel) -> Int) -> (queue: Int, imageCount: Int)? {
    var chosen: (queue: Int, imageCount: Int, rounds: UInt64)?
    for (index, queue) in queues.enumerated() {
      guard let queue else { continue }
      let imageCount = min(queue.imageCount, batchMax(queue.model))
      let rounds = queue.rounds(untilBatchOf: imageCount)
      if let best = chosen, (best.rounds, self[best.queue].lastTurn) <= (rounds, queue.lastTurn) {
        continue
      }
      chosen = (index, imageCount, rounds)
    }
    guard let chosen else { return nil }
    for index in queues.indices {
      queues[index]?.add(rounds: chosen.rounds, imagesPerBatchMax: imagesPerBatchMax)
    }
    return (chosen.queue, chosen.imageCount)
  }

  /// A batch of so many of its images is about to be computed.
  mutating func charge(_ imageCount: Int, to queue: Int) {
    guard imageCount > 0 else { return }
    turnCount += 1
    self[queue].lastTurn = turnCount
    let cost = self[queue].model.cost.nanoseconds(images: imageCount)
    self[queue].credit -= min(cost, self[queue].credit)
  }

  /// Those that something waits for.
  var waiting: [Queue] { queues.compactMap(\.self) }

  // MARK: Askers of a model

  func first(in queue: Int) -> FlowIndex? {
    let round = self[queue].round
    return round.isEmpty ? nil : round.first
  }

  mutating func join(_ flow: FlowIndex, _ queue: Int, _ links: IndexLinks) {
    links.append(flow, to: &self[queue].round)
  }

  mutating func leave(_ flow: FlowIndex, _ queue: Int, _ links: IndexLinks) {
    links.remove(flow, from: &self[queue].round)
  }

  /// The first goes behind the others.
  mutating func rotate(_ queue: Int, _ links: IndexLinks) {
    let first = self[queue].round.first
    links.remove(first, from: &self[queue].round)
    links.append(first, to: &self[queue].round)
  }

  /// For tests.
  func checkInvariants(_ flows: FlowTable) {
    flows.links.checkInvariants(queues.compactMap { $0?.round })
    for (index, queue) in queues.enumerated() {
      guard let queue else { continue }
      precondition(!queue.round.isEmpty, "a model without requests has a queue")
      precondition(queue.round.count == flows.all.count { $0.queue == index })
      precondition(
        queue.credit <= queue.model.cost.nanoseconds(images: imagesPerBatchMax),
        "a model has credit for more than a batch")
    }
    for flow in flows.all {
      precondition(!flow.requests.isEmpty, "an asker without requests is in the round")
      precondition(flow.deficit < imagesPerBatchMax, "an asker has credit and no turn")
      precondition(flow.owed <= imagesPerBatchMax)
    }
  }
}

extension ModelRound.Queue {
  private var creditPerRound: UInt64 { ModelRound.nanosecondsPerRound * UInt64(round.count) }

  fileprivate func rounds(untilBatchOf imageCount: Int) -> UInt64 {
    let cost = model.cost.nanoseconds(images: imageCount)
    guard cost > credit else { return 0 }
    return (cost - credit + creditPerRound - 1) / creditPerRound
  }

  /// Where requests go away, the next batch costs less than was saved for: no more is kept than for
  /// the longest.
  fileprivate mutating func add(rounds: UInt64, imagesPerBatchMax: Int) {
    let most = model.cost.nanoseconds(images: imagesPerBatchMax)
    credit = min(credit + rounds * creditPerRound, most)
  }
}
