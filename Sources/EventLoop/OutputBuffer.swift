/// Bytes on their way out: grows as needed, keeps its memory, is emptied from the front.
///
///     | sent | to be sent            | free      |
///            ^ start                 ^ end       ^ capacity
package final class OutputBuffer {
  private var memory: UnsafeMutableRawBufferPointer
  private var start = 0
  private var end = 0

  /// What a buffer shrinks back to when it is empty, so that one large burst is not kept for ever.
  static let keptByteCount = 64 * 1024

  init() { memory = .allocate(byteCount: 0, alignment: 16) }

  deinit { memory.deallocate() }

  package var count: Int { end - start }
  package var isEmpty: Bool { end == start }

  var unsent: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[start..<end]) }

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

  func removeFirst(_ byteCount: Int) {
    precondition(byteCount <= count)
    start += byteCount
    if start == end { removeAll() }
  }

  func removeAll() {
    start = 0
    end = 0
    if memory.count > Self.keptByteCount { reallocate(byteCount: Self.keptByteCount) }
  }

  private func makeRoom(for byteCount: Int) {
    let needed = count + byteCount
    reallocate(byteCount: max(needed, min(memory.count * 2, needed + Self.keptByteCount), 1_024))
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
