import DigitKernels

/// A model compiled for inference: norms folded, bias, activation and pooling fused, weights
/// packed for the kernels of this processor. Immutable; any number of threads may run it, each
/// with its own workspace.
///
/// A result never depends on the batch that an image rides in, bit for bit.
package final class Plan: Sendable {
  package let network: Network
  package let maximumBatch: Int
  /// What it computes with: `float32` where the processor lacks what was asked for.
  package let precision: Precision
  /// Pixels of an image.
  package var pixelCount: Int { network.input.height * network.input.width }
  /// Probabilities of a result.
  package let classCount: Int
  /// Whether images are conditioned that are not raw.
  package let isConditioned: Bool
  /// What a `Workspace` for this plan holds.
  package var workspaceByteCount: Int { 4 * (ownStart + vectorStride(classCount)) }

  /// The network, or the members of an ensemble.
  private let members: [NetworkPlan]
  /// Where, behind what a member takes, one image's probabilities lie before they are added up.
  private let ownStart: Int

  /// Compiles a model for batches of up to `maximumBatch` images.
  ///
  /// - Throws: also where the model was not prepared for the precision, or failed its gate, and
  ///   where values may overflow in it or only saturate: see `checkMagnitudes`, `checkFinite`.
  package convenience init(
    _ model: Model, kernels: KernelTable = .chosen, precision: Precision = .float32,
    maximumBatch: Int = 64
  ) throws(ModelError) {
    try model.validate()
    try self.init(
      model, kernels: kernels, inputs: try model.quantizedInputs(for: precision, kernels.packing),
      maximumBatch: maximumBatch)
    try model.checkMagnitudes(in: self.precision)
    try checkFinite()
  }

  /// - Parameter inputs: Nil for float32.
  init(
    _ model: Model, kernels: KernelTable, inputs: NarrowInputs?, maximumBatch: Int = 64
  ) throws(ModelError) {
    precondition((1...ModelLimits.batchCountMax).contains(maximumBatch))
    precision = inputs?.precision ?? .float32
    var members: [NetworkPlan] = []
    for (index, member) in model.memberModels.enumerated() {
      members.append(
        try NetworkPlan(
          member, kernels: kernels, inputs: inputs?.formats[index], maximumBatch: maximumBatch))
    }
    self.members = members
    network = model.network
    self.maximumBatch = maximumBatch
    classCount = model.network.classCount
    isConditioned = model.network.memberNetworks.contains { $0.input.conditioning != .none }
    ownStart = vectorStride(members.map(\.floatCount).max() ?? 0)
  }

  /// Classifies images. Allocates nothing. Where values overflow, all probabilities of that image
  /// are NaN.
  ///
  /// - Precondition: at most `maximumBatch` tasks; the workspace holds `workspaceByteCount`.
  package func run(_ tasks: UnsafeBufferPointer<InferenceTask>, workspace: Workspace) {
    var observer = NoObserver()
    run(tasks, workspace, &observer)
  }

  /// As `run`, and tells how long each step took.
  package func profile(
    _ tasks: UnsafeBufferPointer<InferenceTask>, workspace: Workspace
  ) -> [StepTime] {
    var clock = StepClock(stepCounts: members.map(\.stepCount))
    run(tasks, workspace, &clock)
    return zip(members, clock.durations).flatMap { $0.times($1) }
  }

  @inline(__always)
  func run(
    _ tasks: UnsafeBufferPointer<InferenceTask>, _ workspace: Workspace,
    _ observer: inout some StepObserver
  ) {
    precondition(tasks.count <= maximumBatch, "more images than the plan was compiled for")
    precondition(workspace.byteCount >= workspaceByteCount, "the workspace is too small")
    let memory = workspace.memory
    for (index, member) in members.enumerated() {
      observer.began(member: index)
      member.run(tasks, memory, &observer)
      for (image, task) in tasks.enumerated() {
        if index == 0 {
          member.finish(image, memory, task.probabilities)
        } else {
          member.finish(image, memory, memory + ownStart)
          add(memory + ownStart, to: task.probabilities)
        }
      }
    }
    if members.count > 1 {
      for task in tasks { scale(task.probabilities, by: 1 / Float(members.count)) }
    }
  }

  private func add(
    _ more: UnsafePointer<Float>, to probabilities: UnsafeMutablePointer<Float>
  ) {
    for index in 0..<classCount { probabilities[index] += more[index] }
  }

  private func scale(_ probabilities: UnsafeMutablePointer<Float>, by factor: Float) {
    for index in 0..<classCount { probabilities[index] *= factor }
  }
}
