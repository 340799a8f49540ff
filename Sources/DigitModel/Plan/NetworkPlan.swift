import DigitKernels

/// One network of a plan, compiled: the steps from pixels to probabilities.
final class NetworkPlan: Sendable {
  /// Floats of workspace that a batch takes.
  let floatCount: Int

  private let kernels: KernelTable
  // The steps point into `memory`, which lives as long as the plan and is never written again.
  private let memory: PlanMemory
  private nonisolated(unsafe) let mapSteps: [Step]
  private nonisolated(unsafe) let vectorSteps: [Step]
  private let ending: Ending
  private let classCount: Int
  private let groupCount: Int
  private let loader: PixelLoader
  private let scores: Place

  init(_ model: Model, kernels: KernelTable, maximumBatch: Int) throws(ModelError) {
    let (stages, ending) = try model.stages()
    let compiler = PlanCompiler(
      stages, input: model.network.input, kernels: kernels, maximumBatch: maximumBatch)
    self.kernels = kernels
    self.ending = ending
    classCount = model.network.classCount
    floatCount = compiler.floatCount
    memory = compiler.memory
    mapSteps = compiler.mapSteps
    vectorSteps = compiler.vectorSteps
    groupCount = compiler.groupCount
    scores = compiler.scores
    loader = PixelLoader(
      model.network.input, layout: compiler.inputLayout, place: compiler.inputPlace)
  }

  /// Scores images: `scores(of:)` finds them until the workspace is used again.
  func run(
    _ tasks: UnsafeBufferPointer<InferenceTask>, _ memory: UnsafeMutablePointer<Float>
  ) {
    for first in stride(from: 0, to: tasks.count, by: groupCount) {
      let images = first..<min(tasks.count, first + groupCount)
      for image in images { loader.load(tasks[image], image, images, kernels, memory) }
      for step in mapSteps { step.run(kernels, memory, images: images) }
    }
    for step in vectorSteps { step.run(kernels, memory, images: 0..<tasks.count) }
  }

  /// Writes the probabilities of an image of the last run.
  func finish(
    _ image: Int, _ memory: UnsafeMutablePointer<Float>,
    _ probabilities: UnsafeMutablePointer<Float>
  ) {
    let scores = memory + scores.start + image * scores.imageStride
    switch ending {
    case .softmax: kernels.softmax(scores, probabilities, classCount)
    case .normalize:
      probabilities.update(from: scores, count: classCount)
      kernels.normalize(probabilities, classCount)
    }
  }
}
