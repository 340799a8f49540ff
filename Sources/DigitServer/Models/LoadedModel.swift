import DigitModel
import EventLoop

/// A model that is ready to serve: immutable, and shared by all threads.
package final class LoadedModel: Sendable {
  package let name: String
  package let version: UInt32
  package let plan: Plan
  /// What it really computes with, which need not be what was asked for.
  package var precision: DigitModel.Precision { plan.precision }
  /// Measured once, when the model is loaded; of a cascade what it is on the average.
  package let cost: ComputeCost
  /// Of a cascade, of its first stage; of any other model the same.
  package let firstStageCost: ComputeCost
  package let facts: ModelFacts
  /// The name of each class.
  package let labels: [String]

  /// Warms the plan, so that no request is the first to touch its weights, and times it.
  package convenience init(
    name: String, version: UInt32 = 1, plan: Plan, facts: ModelFacts = ModelFacts()
  ) {
    let stages = plan.stagePlans.map { ComputeCost(measuring: $0) }
    self.init(
      name: name, version: version, plan: plan,
      cost: ComputeCost(stages: stages, shares: plan.network.stages.map(\.share)),
      firstStageCost: stages[0], facts: facts)
  }

  package init(
    name: String, version: UInt32, plan: Plan, cost: ComputeCost,
    firstStageCost: ComputeCost? = nil, facts: ModelFacts = ModelFacts()
  ) {
    self.name = name
    self.version = version
    self.plan = plan
    self.cost = cost
    self.firstStageCost = firstStageCost ?? cost
    self.facts = facts
    labels = (0..<plan.classCount).map(String.init)
  }
}

/// How long a batch takes, about: a line through the times of one image and of a few.
package struct ComputeCost: Equatable, Sendable {
  package var nanosecondsPerBatch: UInt64
  package var nanosecondsPerImage: UInt64

  package init(nanosecondsPerBatch: UInt64, nanosecondsPerImage: UInt64) {
    self.nanosecondsPerBatch = nanosecondsPerBatch
    self.nanosecondsPerImage = nanosecondsPerImage
  }

  package func nanoseconds(images: Int) -> UInt64 {
    nanosecondsPerBatch + nanosecondsPerImage * UInt64(images)
  }

  /// Of a cascade: its first stage for every image, and each later one for its share.
  ///
  /// - Parameters:
  ///   - stages: of a model that is no cascade, the one there is.
  ///   - shares: of all images, those that come to each stage; nil for all of them.
  package init(stages: [ComputeCost], shares: [Float?]) {
    self = stages[0]
    for (cost, share) in zip(stages, shares).dropFirst() {
      nanosecondsPerImage += UInt64(Double(share ?? 1) * Double(cost.nanoseconds(images: 1)))
    }
  }

  /// The best of several runs: what disturbs a run only ever makes it longer. A thread of low
  /// priority is interrupted in most of them, which its processor time does not count.
  fileprivate init(measuring plan: Plan) {
    let few = min(Self.fewImages, plan.maximumBatch)
    let one = Self.bestTime(of: plan, images: 1)
    let many = Self.bestTime(of: plan, images: few)
    let perImage = few > 1 && many > one ? (many - one) / UInt64(few - 1) : one
    self.init(
      nanosecondsPerBatch: one > perImage ? one - perImage : 0, nanosecondsPerImage: perImage)
  }

  private static func bestTime(of plan: Plan, images: Int) -> UInt64 {
    let image = slowestImage(pixelCount: plan.pixelCount)
    let batch = RepeatedBatch(plan, batch: images, images: image)
    return (0..<runs).map { _ in
      let processorBefore = ProcessClock.threadNanoseconds
      let began = Instant.now
      batch.run()
      let elapsed = Instant.now.nanoseconds - began.nanoseconds
      return min(elapsed, ProcessClock.threadNanoseconds - processorBefore)
    }.min()!
  }

  /// Of blank ground a plan passes over much, so that a blank image is its quickest. Here no pixel
  /// is blank, and none like those around it.
  package static func slowestImage(pixelCount: Int) -> [UInt8] {
    (0..<pixelCount).map { UInt8(1 + $0 * 89 % 255) }
  }

  private static let runs = 5
  /// Enough to tell an image from a batch, and little to wait for when a server starts.
  private static let fewImages = 8
}
