import EventLoop
import Slots

/// Decides what a free worker computes next. It has no timer: a batch is what has queued up while
/// the workers were busy, so a lone request never waits for company.
///
/// Requests of a model are taken in the order in which they came, and the model whose first
/// request is oldest goes first. A model has a queue while something waits for it, so models may
/// come and go. Memory for requests is taken at start; they are linked by their index.
package struct BatchScheduler {
  private struct Node {
    var job: Job
    /// Images that workers have taken already.
    var taken: Int
    var order: UInt64
  }

  /// Never empty.
  private struct Queue {
    let model: LoadedModel
    var requests = IndexList()
  }

  private var nodes: [Node?]
  private let links: IndexLinks
  private var queues: [Queue] = []
  private var nextOrder: UInt64 = 0
  private let batchMax: Int
  private let shareMin: Int
  package private(set) var queuedImages = 0
  /// What one worker would take to compute what waits, as measured when the models were loaded.
  package private(set) var queuedNanoseconds: UInt64 = 0

  /// So many models may have waiting requests before another queue allocates.
  private static let usualQueueCount = 64

  /// - Parameter requestsMax: over all loops.
  package init(requestsMax: Int, imagesPerBatchMax: Int, imagesPerShareMin: Int) {
    nodes = Array(repeating: nil, count: requestsMax)
    links = IndexLinks(capacity: requestsMax)
    queues.reserveCapacity(Self.usualQueueCount)
    batchMax = imagesPerBatchMax
    shareMin = imagesPerShareMin
  }

  /// - Precondition: the request is not queued already.
  package mutating func enqueue(_ job: Job) {
    precondition(nodes[Int(job.request)] == nil, "a request is queued once")
    nodes[Int(job.request)] = Node(job: job, taken: 0, order: nextOrder)
    nextOrder += 1
    if queue(of: job.model) == nil { queues.append(Queue(model: job.model)) }
    links.append(job.request, to: &queues[queue(of: job.model)!].requests)
    count(job.imageCount, of: job.model)
  }

  /// Takes a request out again; false when a worker has begun it (or it is not here).
  package mutating func remove(_ request: RequestIndex) -> Bool {
    guard let node = nodes[Int(request)], node.taken == 0 else { return false }
    let queue = queue(of: node.job.model)!
    unlink(request, from: queue)
    discount(node.job.imageCount, of: node.job.model)
    dropIfEmpty(queue)
    return true
  }

  /// Fills `batch` with what the asking worker shall do; leaves it empty when nothing waits.
  ///
  /// With colleagues idle a worker takes its fair share, not all, so that a burst is computed on
  /// every core. A request whose answer would come after its deadline is handed back, for time
  /// spent on it is lost to those that can still be answered in time.
  package mutating func fill(
    _ batch: inout Batch, now: Instant, idleWorkers: Int, pace: Pace = Pace()
  ) {
    batch.removeAll()
    guard let queue = queueWithOldestRequest() else { return }
    batch.begin(queues[queue].model)
    let share = (queuedImages + idleWorkers) / (idleWorkers + 1)
    let wanted = min(batchMax, max(shareMin, share))
    while !queues[queue].requests.isEmpty, batch.imageCount < wanted {
      takeHead(of: queue, upTo: wanted - batch.imageCount, now: now, pace: pace, into: &batch)
    }
    dropIfEmpty(queue)
  }

  /// How many idle workers are worth waking for what waits.
  package func workersToWake(idle: Int) -> Int {
    min(idle, (queuedImages + shareMin - 1) / shareMin)
  }

  /// Stops the program where queues, nodes and counts contradict each other; for tests.
  package func checkInvariants() {
    links.checkInvariants(queues.map(\.requests))
    precondition(queues.allSatisfy { !$0.requests.isEmpty }, "a model without requests has a queue")
    let waiting = nodes.compactMap { $0 }
    precondition(waiting.count == queues.reduce(0) { $0 + $1.requests.count })
    let images = waiting.reduce(0) { $0 + $1.job.imageCount - $1.taken }
    precondition(images == queuedImages, "\(images) images wait, \(queuedImages) are counted")
    let nanoseconds = waiting.reduce(UInt64(0)) {
      $0 + $1.job.model.cost.nanosecondsPerImage * UInt64($1.job.imageCount - $1.taken)
    }
    precondition(nanoseconds == queuedNanoseconds, "what waits is not as long as is counted")
  }

  /// Few models have waiting requests at one time: a search costs less than a table.
  private func queue(of model: LoadedModel) -> Int? { queues.firstIndex { $0.model === model } }

  private func queueWithOldestRequest() -> Int? {
    var oldest: (queue: Int, order: UInt64)?
    for queue in queues.indices {
      let order = nodes[Int(queues[queue].requests.first)]!.order
      if oldest == nil || order < oldest!.order { oldest = (queue, order) }
    }
    return oldest?.queue
  }

  private mutating func takeHead(
    of queue: Int, upTo limit: Int, now: Instant, pace: Pace, into batch: inout Batch
  ) {
    let request = queues[queue].requests.first
    let node = nodes[Int(request)]!
    let left = node.job.imageCount - node.taken
    let count = min(left, limit)
    if node.taken == 0, let deadline = node.job.deadline {
      let expected = node.job.model.cost.nanoseconds(images: batch.imageCount + count)
      if deadline <= now.advanced(byNanoseconds: pace.nanoseconds(expected: expected)) {
        batch.appendExpired(node.job.segment(skip: 0, count: left))
        discount(left, of: node.job.model)
        return unlink(request, from: queue)
      }
    }
    batch.append(node.job.segment(skip: node.taken, count: count))
    discount(count, of: node.job.model)
    if count == left {
      unlink(request, from: queue)
    } else {
      nodes[Int(request)]!.taken += count
    }
  }

  private mutating func count(_ images: Int, of model: LoadedModel) {
    queuedImages += images
    queuedNanoseconds += model.cost.nanosecondsPerImage * UInt64(images)
  }

  private mutating func discount(_ images: Int, of model: LoadedModel) {
    queuedImages -= images
    queuedNanoseconds -= model.cost.nanosecondsPerImage * UInt64(images)
  }

  private mutating func unlink(_ request: RequestIndex, from queue: Int) {
    links.remove(request, from: &queues[queue].requests)
    nodes[Int(request)] = nil
  }

  private mutating func dropIfEmpty(_ queue: Int) {
    guard queues[queue].requests.isEmpty else { return }
    queues.swapAt(queue, queues.count - 1)
    queues.removeLast()
  }
}
