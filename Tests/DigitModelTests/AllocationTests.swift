import CAllocations
import DigitModel
import Testing

@Suite(.enabled(if: allocations_are_counted())) struct AllocationTests {
  @Test(arguments: Computation.all, Sample.all)
  func `a run allocates nothing`(computation: Computation, network: Network) throws {
    let plan = try computation.plan(network)
    let workspace = Workspace(byteCount: plan.workspaceByteCount)
    let pixels = Sample.pixels(images: 20)
    var results = [Float](repeating: 0, count: 20 * plan.classCount)
    pixels.withUnsafeBytes { pixels in
      results.withUnsafeMutableBufferPointer { results in
        let tasks = (0..<20).map { image in
          InferenceTask(
            pixels: pixels.baseAddress! + image * 784, pixelType: .uint8,
            probabilities: results.baseAddress! + image * plan.classCount)
        }
        tasks.withUnsafeBufferPointer { tasks in
          let count = allocations { plan.run(tasks, workspace: workspace) }
          #expect(count == 0)
        }
      }
    }
  }

  @Test func `the count notices one allocation`() {
    var workspace: Workspace?
    // The object and its memory.
    #expect(allocations { workspace = Workspace(byteCount: 100) } == 2)
    #expect(workspace != nil)
  }
}

private func allocations(_ body: () -> Void) -> Int {
  let before = allocations_of_this_thread()
  body()
  return allocations_of_this_thread() - before
}
