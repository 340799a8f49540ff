import Synchronization

/// A number that one thread writes and any may read.
final class Counter: Sendable {
  private let value = Atomic<UInt64>(0)

  /// From the one thread that writes it: no other may be between the reading and the writing.
  @inline(__always)
  func add(_ amount: UInt64 = 1) {
    value.store(value.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
  }

  @inline(__always)
  func set(_ amount: Int) { value.store(UInt64(amount), ordering: .relaxed) }

  var count: UInt64 { value.load(ordering: .relaxed) }
}

/// A row of numbers that one thread writes and any may read, side by side in memory.
final class Counters: @unchecked Sendable {
  // Unchecked: the pointer never changes, and what it points to is atomic.
  private let cells: UnsafeMutableBufferPointer<Atomic<UInt64>>

  init(count: Int) {
    cells = .allocate(capacity: count)
    for index in cells.indices { (cells.baseAddress! + index).initialize(to: Atomic(0)) }
  }

  deinit {
    cells.baseAddress!.deinitialize(count: cells.count)
    cells.deallocate()
  }

  /// As `Counter.add`.
  @inline(__always)
  func add(_ amount: UInt64 = 1, at index: Int) {
    let value = cells[index].load(ordering: .relaxed)
    cells[index].store(value &+ amount, ordering: .relaxed)
  }

  func count(at index: Int) -> UInt64 { cells[index].load(ordering: .relaxed) }

  /// Each at its own moment: what is written meanwhile may be in one and not in the other.
  var counts: [UInt64] { cells.indices.map { count(at: $0) } }
}
