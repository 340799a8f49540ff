/// The memory that a running plan works in; one a worker. Nothing in it outlives a run, so one
/// serves any number of plans in turn.
package final class Workspace {
  package let byteCount: Int
  let memory: UnsafeMutablePointer<Float>

  package init(byteCount: Int) {
    self.byteCount = byteCount
    let raw = UnsafeMutableRawPointer.allocate(byteCount: max(64, byteCount), alignment: 64)
    memory = raw.bindMemory(to: Float.self, capacity: byteCount / 4)
  }

  deinit { UnsafeMutableRawPointer(memory).deallocate() }
}

/// The immutable numbers of a plan (packed weights, offsets), in one place that the plan frees.
/// `@unchecked`: written while the plan is compiled, only read afterwards.
final class PlanMemory: @unchecked Sendable {
  private var blocks: [UnsafeMutableRawPointer] = []

  func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
    let floats = allocate(4 * count).bindMemory(to: Float.self, capacity: count)
    floats.initialize(repeating: 0, count: count)
    return floats
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
