import DigitWire
import EventLoop

/// The images of one request that wait for a worker.
package struct Job {
  package let request: RequestIndex
  package let model: Int
  package let pixelType: PixelType
  /// Whether the pixels skip the model's conditioning.
  package let isRaw: Bool
  package let firstSlot: SlotIndex
  package let imageCount: Int
  package let deadline: Instant?

  package init(
    request: RequestIndex, model: Int, pixelType: PixelType, isRaw: Bool = false,
    firstSlot: SlotIndex, imageCount: Int, deadline: Instant?
  ) {
    self.request = request
    self.model = model
    self.pixelType = pixelType
    self.isRaw = isRaw
    self.firstSlot = firstSlot
    self.imageCount = imageCount
    self.deadline = deadline
  }
}

/// A part of a request that rides in a batch: `count` images from the `skip`-th of its chain on.
package struct BatchSegment: Equatable {
  package let request: RequestIndex
  package let pixelType: PixelType
  package let isRaw: Bool
  package let firstSlot: SlotIndex
  package let skip: Int
  package let count: Int
}

extension Job {
  func segment(skip: Int, count: Int) -> BatchSegment {
    BatchSegment(
      request: request, pixelType: pixelType, isRaw: isRaw, firstSlot: firstSlot, skip: skip,
      count: count)
  }
}

/// What a worker computes in one go: images of one model, of one request or several.
package struct Batch {
  package var model = 0
  package var segments: [BatchSegment] = []
  /// Requests whose deadline passed while they waited: to be answered, not computed.
  package var expired: [BatchSegment] = []
  package private(set) var imageCount = 0

  package init() {}

  package var isEmpty: Bool { segments.isEmpty && expired.isEmpty }

  package mutating func removeAll() {
    segments.removeAll(keepingCapacity: true)
    expired.removeAll(keepingCapacity: true)
    imageCount = 0
  }

  package mutating func append(_ segment: BatchSegment) {
    segments.append(segment)
    imageCount += segment.count
  }
}

/// Decides what a free worker computes next. It has no timer: a batch is what has queued up while
/// the workers were busy, so a lone request never waits for company.
///
/// Requests of a model are taken in the order in which they came, and the model whose first
/// request is oldest goes first. All memory is taken at start; entries are linked by request index.
package struct BatchScheduler {
  private struct Node {
    var job: Job
    /// Images that workers have taken already.
    var taken: Int
    var order: UInt64
    var previous: RequestIndex
    var next: RequestIndex
  }

  private struct Queue {
    var head = BatchScheduler.none
    var tail = BatchScheduler.none
  }

  private static let none: RequestIndex = -1

  private var nodes: [Node?]
  private var queues: [Queue]
  private var nextOrder: UInt64 = 0
  private let batchMax: Int
  private let shareMin: Int
  package private(set) var queuedImages = 0

  package init(requestsMax: Int, modelCount: Int, imagesPerBatchMax: Int, imagesPerShareMin: Int) {
    nodes = Array(repeating: nil, count: requestsMax)
    queues = Array(repeating: Queue(), count: modelCount)
    batchMax = imagesPerBatchMax
    shareMin = imagesPerShareMin
  }

  /// - Precondition: the request is not queued already.
  package mutating func enqueue(_ job: Job) {
    precondition(nodes[Int(job.request)] == nil)
    let tail = queues[job.model].tail
    nodes[Int(job.request)] = Node(
      job: job, taken: 0, order: nextOrder, previous: tail, next: Self.none)
    nextOrder += 1
    if tail == Self.none {
      queues[job.model].head = job.request
    } else {
      nodes[Int(tail)]!.next = job.request
    }
    queues[job.model].tail = job.request
    queuedImages += job.imageCount
  }

  /// Takes a request out again; false when a worker has begun it (or it is not here).
  package mutating func remove(_ request: RequestIndex) -> Bool {
    guard let node = nodes[Int(request)], node.taken == 0 else { return false }
    unlink(request, node)
    queuedImages -= node.job.imageCount
    return true
  }

  /// Fills `batch` with what the asking worker shall do; leaves it empty when nothing waits.
  ///
  /// With colleagues idle a worker takes its fair share, not all, so that a burst is computed on
  /// every core.
  package mutating func fill(_ batch: inout Batch, now: Instant, idleWorkers: Int) {
    batch.removeAll()
    guard let model = modelWithOldestRequest() else { return }
    batch.model = model
    let share = (queuedImages + idleWorkers) / (idleWorkers + 1)
    let wanted = min(batchMax, max(shareMin, share))
    while queues[model].head != Self.none, batch.imageCount < wanted {
      takeHead(of: model, upTo: wanted - batch.imageCount, now: now, into: &batch)
    }
  }

  /// How many idle workers are worth waking for what waits.
  package func workersToWake(idle: Int) -> Int {
    min(idle, (queuedImages + shareMin - 1) / shareMin)
  }

  private func modelWithOldestRequest() -> Int? {
    var oldest: (model: Int, order: UInt64)?
    for (model, queue) in queues.enumerated() where queue.head != Self.none {
      let order = nodes[Int(queue.head)]!.order
      if oldest == nil || order < oldest!.order { oldest = (model, order) }
    }
    return oldest?.model
  }

  private mutating func takeHead(
    of model: Int, upTo limit: Int, now: Instant, into batch: inout Batch
  ) {
    let request = queues[model].head
    let node = nodes[Int(request)]!
    let job = node.job
    let left = job.imageCount - node.taken
    if node.taken == 0, let deadline = job.deadline, deadline <= now {
      batch.expired.append(job.segment(skip: 0, count: left))
      queuedImages -= left
      unlink(request, node)
      return
    }
    let count = min(left, limit)
    batch.append(job.segment(skip: node.taken, count: count))
    queuedImages -= count
    if count == left {
      unlink(request, node)
    } else {
      nodes[Int(request)]!.taken += count
    }
  }

  private mutating func unlink(_ request: RequestIndex, _ node: Node) {
    let model = node.job.model
    if node.previous == Self.none {
      queues[model].head = node.next
    } else {
      nodes[Int(node.previous)]!.next = node.next
    }
    if node.next == Self.none {
      queues[model].tail = node.previous
    } else {
      nodes[Int(node.next)]!.previous = node.previous
    }
    nodes[Int(request)] = nil
  }
}
