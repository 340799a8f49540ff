import DigitWire
import EventLoop

/// A PREDICT on its way through the server.
struct RequestEntry {
  let connection: ConnectionID
  let id: UInt64
  let predict: Predict
  /// Which model computes it, as the scheduler numbers them.
  let model: Int
  let firstSlot: SlotIndex

  /// Where the next byte of pixels goes.
  var fillSlot: SlotIndex
  var fillOffset = 0

  var arrived: Instant
  /// Images that no worker has finished yet.
  var remaining: Int
  /// The longest of its images' times.
  var queueMicroseconds: UInt64 = 0
  var computeMicroseconds: UInt64 = 0
  var phase = Phase.receiving

  enum Phase {
    case receiving
    case queued
    /// Its connection is gone: what comes back is dropped.
    case abandoned
  }
}

/// The requests that are being received, queued or computed: a fixed number of places.
final class RequestTable {
  private let entries: UnsafeMutablePointer<RequestEntry>
  private var free: [RequestIndex]
  let capacity: Int

  init(capacity: Int) {
    self.capacity = capacity
    entries = .allocate(capacity: capacity)
    // Low numbers are used first: they come off the end.
    free = (0..<RequestIndex(capacity)).reversed()
  }

  deinit {
    // Entries hold nothing that needs releasing.
    entries.deallocate()
  }

  var count: Int { capacity - free.count }
  var isFull: Bool { free.isEmpty }

  /// - Precondition: not full.
  func insert(_ entry: RequestEntry) -> RequestIndex {
    let index = free.removeLast()
    (entries + Int(index)).initialize(to: entry)
    return index
  }

  func remove(_ index: RequestIndex) { free.append(index) }

  subscript(index: RequestIndex) -> RequestEntry {
    unsafeAddress { UnsafePointer(entries + Int(index)) }
    unsafeMutableAddress { entries + Int(index) }
  }
}
