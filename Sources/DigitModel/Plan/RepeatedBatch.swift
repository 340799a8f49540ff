/// One batch of invented images that a plan runs over and over, for measuring it: the arithmetic
/// takes as long whatever is on an image. For one thread.
package final class RepeatedBatch {
  private let plan: Plan
  private let workspace: Workspace
  private let pixels: UnsafeMutablePointer<UInt8>
  private let probabilities: UnsafeMutablePointer<Float>
  private let tasks: UnsafeMutableBufferPointer<InferenceTask>

  package init(_ plan: Plan, imageCount: Int) {
    self.plan = plan
    workspace = Workspace(byteCount: plan.workspaceByteCount)
    let pixelCount = imageCount * plan.pixelCount
    pixels = .allocate(capacity: pixelCount)
    for index in 0..<pixelCount { pixels[index] = UInt8(truncatingIfNeeded: index * 131) }
    probabilities = .allocate(capacity: imageCount * plan.classCount)
    tasks = .allocate(capacity: imageCount)
    for image in 0..<imageCount {
      tasks.initializeElement(
        at: image,
        to: InferenceTask(
          pixels: pixels + image * plan.pixelCount, pixelType: .uint8,
          probabilities: probabilities + image * plan.classCount))
    }
  }

  package func run() { plan.run(UnsafeBufferPointer(tasks), workspace: workspace) }

  deinit {
    pixels.deallocate()
    probabilities.deallocate()
    tasks.deallocate()
  }
}
