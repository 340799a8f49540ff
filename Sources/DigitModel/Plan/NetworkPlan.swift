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
  private let scores: Region

  /// - Parameter inputs: How each product's input is kept; nil for products of floats.
  init(
    _ model: Model, kernels: KernelTable, inputs: [NarrowFormat]?, maximumBatch: Int
  ) throws(ModelError) {
    let (stages, ending) = try model.stages(reading: inputs)
    let packing = kernels.packing
    let layout = PlanLayout(
      stages, input: model.network.input, packing: packing, maximumBatch: maximumBatch)
    memory = PlanMemory()
    let emitter = StepEmitter(
      stages, layout: layout, packing: packing, maximumBatch: maximumBatch, memory: memory)
    mapSteps = layout.mapSteps.map(emitter.step)
    vectorSteps = layout.vectorSteps.map(emitter.step)
    self.kernels = kernels
    self.ending = ending
    classCount = model.network.classCount
    floatCount = layout.floatCount
    groupCount = layout.groupCount
    scores = layout.scores
    loader = PixelLoader(model.network.input, to: layout.pixels, list: layout.pixelList)
  }

  /// Scores images: `finish` finds the scores until the workspace is used again.
  @inline(__always)
  func run(
    _ tasks: UnsafeBufferPointer<InferenceTask>, _ memory: UnsafeMutablePointer<Float>,
    _ observer: inout some StepObserver
  ) {
    for first in stride(from: 0, to: tasks.count, by: groupCount) {
      let images = first..<min(tasks.count, first + groupCount)
      for image in images { loader.load(tasks[image], image, images, kernels, memory) }
      observer.ended(0)
      for (index, step) in mapSteps.enumerated() {
        observer.begins(step, memory, images: images)
        step.run(kernels, memory, images: images)
        observer.ended(1 + index)
      }
    }
    for (index, step) in vectorSteps.enumerated() {
      observer.begins(step, memory, images: 0..<tasks.count)
      step.run(kernels, memory, images: 0..<tasks.count)
      observer.ended(1 + mapSteps.count + index)
    }
  }

  /// What an observer hears of: loading the pixels, then the steps.
  var stepCount: Int { 1 + mapSteps.count + vectorSteps.count }

  /// The steps' times as those of their work, what belongs together added up.
  func times(_ durations: [Duration]) -> [StepTime] {
    var times = [StepTime(work: StepWork(name: "pixels"), duration: durations[0])]
    for (step, duration) in zip(mapSteps + vectorSteps, durations.dropFirst()) {
      if let work = step.step.work {
        times.append(StepTime(work: work, duration: duration))
      } else {
        times[times.count - 1].duration += duration
      }
    }
    return times
  }

  /// Writes the probabilities of an image of the last run.
  func finish(
    _ image: Int, _ memory: UnsafeMutablePointer<Float>,
    _ probabilities: UnsafeMutablePointer<Float>
  ) {
    let scores = memory + scores.start + image * scores.imageStride
    switch ending {
    case .softmax: kernels.softmax(scores, probabilities, classCount)
    case .normalize: kernels.normalize(scores, probabilities, classCount)
    }
  }
}
