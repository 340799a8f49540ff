/// A fixed row of floats, 64-byte aligned, zero at first: parameters, gradients, feature maps.
final class FlatBuffer {
  let pointer: UnsafeMutablePointer<Float>
  let count: Int
  private let memory: UnsafeMutableRawPointer

  init(count: Int) {
    self.count = count
    memory = UnsafeMutableRawPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
    pointer = memory.bindMemory(to: Float.self, capacity: max(count, 1))
    pointer.initialize(repeating: 0, count: max(count, 1))
  }

  deinit { memory.deallocate() }

  func copy(_ other: FlatBuffer) { pointer.update(from: other.pointer, count: count) }

  func clear() { pointer.update(repeating: 0, count: count) }

  /// `count` rounded up so that what follows begins on a cache line.
  static func aligned(_ count: Int) -> Int { (count + 15) / 16 * 16 }
}
