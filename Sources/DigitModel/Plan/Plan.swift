import DigitKernels

/// A network compiled for inference: norms folded, bias, activation and pooling fused, weights
/// packed for the kernels of this processor. Immutable; any number of threads may run it, each
/// with its own workspace.
///
/// A result never depends on the batch that an image rides in, bit for bit.
package final class Plan: Sendable {
  package let network: Network
  package let maximumBatch: Int
  /// Pixels of an image.
  package var pixelCount: Int { network.input.height * network.input.width }
  /// Probabilities of a result.
  package let classCount: Int
  /// What a `Workspace` for this plan holds.
  package let workspaceByteCount: Int

  private let kernels: KernelTable
  // The steps point into `memory`, which lives as long as the plan and is never written again.
  private let memory: PlanMemory
  private nonisolated(unsafe) let mapSteps: [Step]
  private nonisolated(unsafe) let vectorSteps: [Step]
  private let ending: Ending
  private let groupCount: Int
  private let loader: PixelLoader
  private let scores: Place

  /// Compiles a model for batches of up to `maximumBatch` images.
  package init(
    _ model: Model, kernels: KernelTable = .chosen, maximumBatch: Int = 64
  ) throws(ModelError) {
    precondition((1...ModelLimits.batchCountMax).contains(maximumBatch))
    let (stages, ending) = try model.stages()
    let compiler = PlanCompiler(
      stages, input: model.network.input, kernels: kernels, maximumBatch: maximumBatch)
    network = model.network
    self.kernels = kernels
    self.maximumBatch = maximumBatch
    self.ending = ending
    classCount = (try? model.network.shapes().last?.elementCount) ?? 0
    workspaceByteCount = 4 * compiler.floatCount
    memory = compiler.memory
    mapSteps = compiler.mapSteps
    vectorSteps = compiler.vectorSteps
    groupCount = compiler.groupCount
    scores = compiler.scores
    loader = PixelLoader(
      scaling: PixelScaling(
        mean: network.input.mean, inverseDeviation: 1 / network.input.standardDeviation),
      layout: compiler.inputLayout, place: compiler.inputPlace)
  }

  /// Classifies images. Allocates nothing.
  ///
  /// - Precondition: at most `maximumBatch` tasks; the workspace holds `workspaceByteCount`.
  package func run(_ tasks: UnsafeBufferPointer<InferenceTask>, workspace: Workspace) {
    precondition(tasks.count <= maximumBatch, "more images than the plan was compiled for")
    precondition(workspace.byteCount >= workspaceByteCount, "the workspace is too small")
    let memory = workspace.memory
    for first in stride(from: 0, to: tasks.count, by: groupCount) {
      let images = first..<min(tasks.count, first + groupCount)
      for image in images { loader.load(tasks[image], image, images, kernels, memory) }
      for step in mapSteps { step.run(kernels, memory, images: images) }
    }
    for step in vectorSteps { step.run(kernels, memory, images: 0..<tasks.count) }
    for (image, task) in tasks.enumerated() {
      finish(memory + scores.start + image * scores.imageStride, task.probabilities)
    }
  }

  private func finish(
    _ scores: UnsafeMutablePointer<Float>, _ probabilities: UnsafeMutablePointer<Float>
  ) {
    switch ending {
    case .softmax: kernels.softmax(scores, probabilities, classCount)
    case .normalize:
      probabilities.update(from: scores, count: classCount)
      kernels.normalize(probabilities, classCount)
    }
  }
}

/// Brings the pixels of an image to where the first step reads them, scaled.
struct PixelLoader {
  let scaling: PixelScaling
  let layout: MapLayout
  let place: Place

  func load(
    _ task: InferenceTask, _ image: Int, _ images: Range<Int>, _ kernels: KernelTable,
    _ memory: UnsafeMutablePointer<Float>
  ) {
    let map = memory + place.offset(of: image, in: images) + layout.interior
    // Without a halo the image is one row.
    let rowCount = layout.halo == 0 ? 1 : layout.height
    let count = layout.height * layout.width / rowCount
    for row in 0..<rowCount {
      let pixels = task.pixels + row * count * task.pixelType.byteCount
      let target = map + row * layout.rowStride
      switch task.pixelType {
      case .uint8:
        kernels.scaleBytes(
          pixels.assumingMemoryBound(to: UInt8.self), scaling, target, count)
      case .float32: kernels.scaleFloats(pixels, scaling, target, count)
      }
    }
  }
}
