/// One batch of invented images that a plan runs over and over, for measuring it. They have as much
/// ink as digits have: a lone image's dense layers pass over zeros. For one thread.
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
    for image in 0..<imageCount {
      Self.draw(image, on: pixels + image * plan.pixelCount, plan.network.input)
    }
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

  /// A ring, a little larger for each of seven images.
  private static func draw(
    _ image: Int, on pixels: UnsafeMutablePointer<UInt8>, _ input: Network.Input
  ) {
    for y in 0..<input.height {
      for x in 0..<input.width {
        let (dy, dx) = (2 * y - input.height, 2 * x - input.width)
        let square = (dy * dy + dx * dx) / 4
        let isInk = (40..<80).contains(square - 4 * (image % 7))
        pixels[y * input.width + x] = isInk ? UInt8(255 - square) : 0
      }
    }
  }

  package func run() { plan.run(UnsafeBufferPointer(tasks), workspace: workspace) }

  package func profile() -> [StepTime] {
    plan.profile(UnsafeBufferPointer(tasks), workspace: workspace)
  }

  deinit {
    pixels.deallocate()
    probabilities.deallocate()
    tasks.deallocate()
  }
}
