/// The memory that a running plan works in; one a worker. Nothing in it outlives a run, so one
/// serves any number of plans in turn.
package final class Workspace {
  package let byteCount: Int
  package let memory: UnsafeMutablePointer<Float>

  package init(byteCount: Int) {
    self.byteCount = byteCount
    let raw = UnsafeMutableRawPointer.allocate(byteCount: max(64, byteCount), alignment: 64)
    memory = raw.bindMemory(to: Float.self, capacity: byteCount / 4)
  }

  deinit { UnsafeMutableRawPointer(memory).deallocate() }
}

/// The immutable numbers of a plan (packed weights, offsets), in memory that the plan frees.
/// `@unchecked`: written while the plan is compiled, only read afterwards.
final class PlanMemory: @unchecked Sendable {
  private var blocks: [UnsafeMutableRawPointer] = []

  /// Zeros.
  func floats(_ count: Int) -> UnsafeMutablePointer<Float> { zeros(0, count) }
  func shorts(_ count: Int) -> UnsafeMutablePointer<Int16> { zeros(0, count) }
  func bytes(_ count: Int) -> UnsafeMutablePointer<Int8> { zeros(0, count) }

  private func zeros<Number>(_ zero: Number, _ count: Int) -> UnsafeMutablePointer<Number> {
    let numbers = allocate(MemoryLayout<Number>.stride * count)
      .bindMemory(to: Number.self, capacity: count)
    numbers.initialize(repeating: zero, count: count)
    return numbers
  }

  func copy(_ values: [Float], paddedTo count: Int) -> UnsafePointer<Float> {
    let floats = floats(count)
    for (index, value) in values.enumerated() { floats[index] = value }
    return UnsafePointer(floats)
  }

  func copy(_ values: [Int]) -> UnsafePointer<Int32> {
    let integers = allocate(4 * values.count).bindMemory(to: Int32.self, capacity: values.count)
    for (index, value) in values.enumerated() { integers[index] = Int32(value) }
    return UnsafePointer(integers)
  }

  private func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
    let block = UnsafeMutableRawPointer.allocate(byteCount: max(64, byteCount), alignment: 64)
    blocks.append(block)
    return block
  }

  deinit { for block in blocks { block.deallocate() } }
}
