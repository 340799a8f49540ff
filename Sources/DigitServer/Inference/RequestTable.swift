import EventLoop

/// Which entry a request has in the table of its loop. The loops' tables are numbered through:
/// loop 0 has the indices from 0, loop 1 those behind them, and so on.
package typealias RequestIndex = Int32

/// A request on its way through the server.
struct RequestEntry {
  let request: InferenceRequest
  /// Of its model.
  let metrics: ModelMetrics
  let firstSlot: SlotIndex

  /// Where the next byte of pixels goes.
  var fillSlot: SlotIndex
  var fillOffset = 0

  var arrived: Instant
  /// Images that no worker has finished yet.
  var remaining: Int
  /// The longest of its images' times.
  var queueNanoseconds: UInt64 = 0
  var computeNanoseconds: UInt64 = 0
  var phase = Phase.receiving

  enum Phase {
    case receiving
    case queued
    /// Nobody waits for it any more: what comes back is dropped.
    case abandoned
  }

  init(
    _ request: consuming InferenceRequest, metrics: ModelMetrics, firstSlot: SlotIndex, now: Instant
  ) {
    self.metrics = metrics
    self.firstSlot = firstSlot
    fillSlot = firstSlot
    arrived = now
    remaining = request.imageCount
    self.request = request
  }

  mutating func record(_ completion: Completion) {
    remaining -= completion.imageCount
    queueNanoseconds = max(queueNanoseconds, completion.started.nanoseconds(since: arrived))
    computeNanoseconds = max(
      computeNanoseconds, completion.finished.nanoseconds(since: completion.started))
  }

  func recordAnswer(now: Instant) {
    metrics.answered(
      total: now.nanoseconds(since: arrived), queue: queueNanoseconds, compute: computeNanoseconds)
  }

  /// How late it is answered, in nanoseconds: after its deadline, or after the age at which it was
  /// to be given up. Nil where it is in time.
  func overdueNanoseconds(
    _ outcome: InferenceAnswer.Outcome, _ age: QueueAge.Limits, now: Instant
  ) -> UInt64? {
    let end: Instant
    if request.deadlineMicroseconds > 0 {
      end = arrived.advanced(byMicroseconds: request.deadlineMicroseconds)
    } else if case .rejected(.waitedTooLong) = outcome {
      end = arrived.advanced(by: age.ageMax)
    } else {
      return nil
    }
    return now > end ? now.nanoseconds(since: end) : nil
  }

  var queueMicroseconds: UInt64 { queueNanoseconds / 1_000 }
  var computeMicroseconds: UInt64 { computeNanoseconds / 1_000 }
}

/// The requests of one loop that are being received, queued or computed: a fixed number of slots.
final class RequestTable {
  private let entries: UnsafeMutablePointer<RequestEntry>
  private var isTaken: [Bool]
  private var free: [RequestIndex]
  private let base: RequestIndex
  let capacity: Int

  /// - Parameter base: the first index.
  init(base: RequestIndex, capacity: Int) {
    self.base = base
    self.capacity = capacity
    entries = .allocate(capacity: capacity)
    isTaken = Array(repeating: false, count: capacity)
    // Low numbers are used first: they come off the end.
    free = (base..<base + RequestIndex(capacity)).reversed()
  }

  deinit {
    for slot in 0..<capacity where isTaken[slot] { (entries + slot).deinitialize(count: 1) }
    entries.deallocate()
  }

  var count: Int { capacity - free.count }
  var isFull: Bool { free.isEmpty }

  /// - Precondition: not full.
  func insert(_ entry: consuming RequestEntry) -> RequestIndex {
    let index = free.removeLast()
    let slot = Int(index - base)
    (entries + slot).initialize(to: entry)
    isTaken[slot] = true
    return index
  }

  func remove(_ index: RequestIndex) {
    let slot = Int(index - base)
    precondition(isTaken[slot], "a request ends once")
    isTaken[slot] = false
    (entries + slot).deinitialize(count: 1)
    free.append(index)
  }

  subscript(index: RequestIndex) -> RequestEntry {
    unsafeAddress { UnsafePointer(entries + Int(index - base)) }
    unsafeMutableAddress { entries + Int(index - base) }
  }

  /// The requests that are here; for tests.
  var indices: [RequestIndex] {
    (0..<capacity).filter { isTaken[$0] }.map { base + RequestIndex($0) }
  }
}
