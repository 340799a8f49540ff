/// Bytes on their way out: grows as needed, keeps its memory, is emptied from the front.
///
///     | sent | to be sent            | free      |
///            ^ start                 ^ end       ^ capacity
package final class OutputBuffer {
  private var memory: UnsafeMutableRawBufferPointer
  private var start = 0
  private var end = 0

  /// What a buffer shrinks back to when it is empty, so that one large burst is not kept for ever.
  package static let keptByteCount = 64 * 1024

  package init() { memory = .allocate(byteCount: 0, alignment: 16) }

  deinit { memory.deallocate() }

  package var count: Int { end - start }
  package var isEmpty: Bool { end == start }
  package var capacity: Int { memory.count }

  package var unsent: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: memory[start..<end])
  }

  /// Lends `byteCount` bytes at the end, which `body` must fill.
  @inline(__always)
  package func append(_ byteCount: Int, _ body: (UnsafeMutableRawBufferPointer) -> Void) {
    if end + byteCount > memory.count { makeRoom(for: byteCount) }
    body(UnsafeMutableRawBufferPointer(rebasing: memory[end..<(end + byteCount)]))
    end += byteCount
  }

  package func append(_ bytes: UnsafeRawBufferPointer) {
    append(bytes.count) { $0.copyMemory(from: bytes) }
  }

  package func removeFirst(_ byteCount: Int) {
    precondition(byteCount <= count)
    start += byteCount
    if start == end { removeAll() }
  }

  package func removeAll() {
    start = 0
    end = 0
    if memory.count > Self.keptByteCount { reallocate(byteCount: Self.keptByteCount) }
  }

  /// Keeps nothing. Only when empty.
  package func releaseMemory() {
    precondition(isEmpty)
    if memory.count > 0 { reallocate(byteCount: 0) }
  }

  /// Doubles, so that appending costs a constant on average, unless at least half of the memory
  /// is free: then the bytes move to its front.
  private func makeRoom(for byteCount: Int) {
    let needed = count + byteCount
    guard needed > memory.count / 2 else {
      UnsafeMutableRawBufferPointer(rebasing: memory[..<count]).copyMemory(from: unsent)
      (start, end) = (0, count)
      return
    }
    reallocate(byteCount: max(needed, memory.count * 2, 1_024))
  }

  private func reallocate(byteCount: Int) {
    let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 16)
    larger.copyMemory(from: unsent)
    end = count
    start = 0
    memory.deallocate()
    memory = larger
  }
}
