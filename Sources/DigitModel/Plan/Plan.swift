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
  package var workspaceByteCount: Int { 4 * gatheredStart + gatheredByteCount }

  /// The network, or the members of an ensemble or a cascade.
  private let members: [NetworkPlan]
  /// Which members answer together, one stage after another.
  private let turns: [Network.Turn]
  /// Where, behind what a member takes, one image's probabilities lie before they are added up.
  private let ownStart: Int
  /// Where, behind all else, the tasks lie that go on to the next stage.
  private var gatheredStart: Int { ownStart + vectorStride(classCount) }

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
    try ofEveryMember.checkFinite()
  }

  /// - Parameter inputs: Nil for float32.
  convenience init(
    _ model: Model, kernels: KernelTable, inputs: NarrowInputs?, maximumBatch: Int = 64
  ) throws(ModelError) {
    precondition((1...ModelLimits.batchCountMax).contains(maximumBatch))
    var members: [NetworkPlan] = []
    for (index, member) in model.memberModels.enumerated() {
      members.append(
        try NetworkPlan(
          member, kernels: kernels, inputs: inputs?.formats[index], maximumBatch: maximumBatch))
    }
    self.init(
      model.network, members, precision: inputs?.precision ?? .float32, maximumBatch: maximumBatch)
  }

  private init(
    _ network: Network, _ members: [NetworkPlan], precision: Precision, maximumBatch: Int
  ) {
    self.network = network
    self.members = members
    self.precision = precision
    self.maximumBatch = maximumBatch
    turns = network.turns
    classCount = network.classCount
    isConditioned = network.memberNetworks.contains { $0.input.conditioning != .none }
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

  /// As `run`, but computes only the first stage of a cascade.
  ///
  /// - Returns: whether that answers every image. Where it does not, nothing is to be read of any.
  package func runFirstStage(
    _ tasks: UnsafeBufferPointer<InferenceTask>, workspace: Workspace
  ) -> Bool {
    checkRoom(for: tasks, workspace)
    var observer = NoObserver()
    run(turns[0].members, tasks, workspace.memory, &observer)
    return turns[0].below.map { gather(tasks, below: $0, workspace.memory).isEmpty } ?? true
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
    checkRoom(for: tasks, workspace)
    var waiting = tasks
    for turn in turns {
      run(turn.members, waiting, workspace.memory, &observer)
      guard let below = turn.below else { return }
      waiting = gather(waiting, below: below, workspace.memory)
      if waiting.isEmpty { return }
    }
  }

  private func checkRoom(
    for tasks: UnsafeBufferPointer<InferenceTask>, _ workspace: Workspace
  ) {
    precondition(tasks.count <= maximumBatch, "more images than the plan was compiled for")
    precondition(workspace.byteCount >= workspaceByteCount, "the workspace is too small")
  }

  /// Writes the mean of some members' probabilities.
  @inline(__always)
  private func run(
    _ answering: Range<Int>, _ tasks: UnsafeBufferPointer<InferenceTask>,
    _ memory: UnsafeMutablePointer<Float>, _ observer: inout some StepObserver
  ) {
    for index in answering {
      observer.began(member: index)
      members[index].run(tasks, memory, &observer)
      for (image, task) in tasks.enumerated() {
        if index == answering.lowerBound {
          members[index].finish(image, memory, task.probabilities)
        } else {
          members[index].finish(image, memory, memory + ownStart)
          add(memory + ownStart, to: task.probabilities)
        }
      }
    }
    if answering.count > 1 {
      for task in tasks { scale(task.probabilities, by: 1 / Float(answering.count)) }
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

// MARK: - Cascades

extension Plan {
  /// Whether how long an image takes depends on what it shows.
  package var isCascade: Bool { turns.count > 1 }

  private var gatheredByteCount: Int {
    isCascade ? maximumBatch * MemoryLayout<InferenceTask>.stride : 0
  }

  /// Brings the tasks together whose answer a stage is not sure of. They write over it. What
  /// overflowed is NaN, which is below nothing: it stays as it is.
  ///
  /// - Parameter tasks: All, or those that were gathered before the last stage.
  private func gather(
    _ tasks: UnsafeBufferPointer<InferenceTask>, below: Float,
    _ memory: UnsafeMutablePointer<Float>
  ) -> UnsafeBufferPointer<InferenceTask> {
    let gathered = UnsafeMutableRawPointer(memory + gatheredStart)
      .bindMemory(to: InferenceTask.self, capacity: maximumBatch)
    var count = 0
    for task in tasks {
      var most = task.probabilities[0]
      for index in 1..<classCount { most = max(most, task.probabilities[index]) }
      guard most < below else { continue }
      // Never overtakes what is still to be read.
      (gathered + count).initialize(to: task)
      count += 1
    }
    return UnsafeBufferPointer(start: gathered, count: count)
  }

  /// The stages of a cascade, each as a plan of its own with the same weights; of any other itself.
  package var stagePlans: [Plan] {
    guard isCascade else { return [self] }
    return zip(turns, network.stageNetworks).map { turn, network in
      Plan(
        network, Array(members[turn.members]), precision: precision, maximumBatch: maximumBatch)
    }
  }

  /// The plan with the same weights in which every image passes through every member: for looking
  /// at what each may meet.
  var ofEveryMember: Plan {
    guard isCascade else { return self }
    return Plan(
      Network(name: network.name, meanOf: network.members), members, precision: precision,
      maximumBatch: maximumBatch)
  }
}
