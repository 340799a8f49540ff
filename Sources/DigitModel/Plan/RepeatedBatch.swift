/// Batches of the same few images that a plan runs over and over, for measuring it. For one thread.
package final class RepeatedBatch {
  private let plan: Plan
  private let batch: Int
  private let workspace: Workspace
  private let pixels: UnsafeMutablePointer<UInt8>
  private let probabilities: UnsafeMutablePointer<Float>
  /// Of all images; a run takes some in a row, the next run those that follow.
  private let tasks: UnsafeMutableBufferPointer<InferenceTask>
  private var next = 0

  /// So many images at least: how long one takes depends on its ink, for blank ground is passed
  /// over.
  private static let imageCountMin = 64

  /// - Parameter images: Whole images of ink 0…255, one after another; invented ones, with as
  ///   much ink as digits have, where there are none. A cascade reads all of them, as the time of
  ///   each depends on what it shows; else so many are read as a batch needs.
  package init(_ plan: Plan, batch: Int, images: [UInt8] = []) {
    self.plan = plan
    self.batch = batch
    workspace = Workspace(byteCount: plan.workspaceByteCount)
    let given = images.count / plan.pixelCount
    let least = max(batch, Self.imageCountMin, plan.isCascade ? given : 0)
    let count = (least + batch - 1) / batch * batch
    pixels = .allocate(capacity: count * plan.pixelCount)
    for image in 0..<count {
      let target = pixels + image * plan.pixelCount
      if given == 0 {
        Self.draw(image, on: target, plan.network.input)
      } else {
        let first = image % given * plan.pixelCount
        for pixel in 0..<plan.pixelCount { target[pixel] = images[first + pixel] }
      }
    }
    probabilities = .allocate(capacity: count * plan.classCount)
    tasks = .allocate(capacity: count)
    for image in 0..<count {
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

  package func run() { plan.run(takeBatch(), workspace: workspace) }

  package func profile() -> [StepTime] { plan.profile(takeBatch(), workspace: workspace) }

  private func takeBatch() -> UnsafeBufferPointer<InferenceTask> {
    let first = next
    next = first + 2 * batch <= tasks.count ? first + batch : 0
    return UnsafeBufferPointer(rebasing: tasks[first..<first + batch])
  }

  deinit {
    pixels.deallocate()
    probabilities.deallocate()
    tasks.deallocate()
  }
}
