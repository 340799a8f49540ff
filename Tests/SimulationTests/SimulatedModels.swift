import DigitModel
import DigitServer

/// Tiny networks whose answers tell them apart, a few images, and what each says of each.
enum SimulatedModels {
  /// Models of one version have one plan; a version's plan is that of its remainder.
  static let plans = (0..<3).map { makePlan(seed: UInt64($0)) }
  static let images = (0..<8).map(makeImage)
  /// By plan and image.
  static let answers = plans.map { plan in images.map { answer(plan, $0) } }

  static func model(_ name: String, version: UInt32) -> LoadedModel {
    LoadedModel(
      name: name, version: version, plan: plans[Int(version) % plans.count],
      cost: ComputeCost(nanosecondsPerBatch: 5_000, nanosecondsPerImage: 1_000))
  }

  /// What the model of this version says of image number `image`.
  static func answer(version: UInt32, image: Int) -> [Float] {
    answers[Int(version) % plans.count][image]
  }

  /// The number of an image, by its pixels.
  static func number(of pixels: UnsafeRawPointer) -> Int {
    Int(pixels.loadUnaligned(as: UInt8.self))
  }

  private static func makeImage(_ number: Int) -> [UInt8] {
    var random = SeededRandom(seed: UInt64(number) + 70)
    return [UInt8(number)] + (1..<784).map { _ in UInt8(random.next(below: 256)) }
  }

  private static func makePlan(seed: UInt64) -> Plan {
    let network = Network(
      name: "simulated",
      layers: [.flatten, .dense(Dense(units: 10, activation: .softmax))])
    var random = SeededRandom(seed: seed)
    func noise(_ shape: [Int]) -> Tensor {
      let count = shape.reduce(1, *)
      return Tensor(
        shape: shape,
        values: (0..<count).map { _ in Float(random.next(below: 2_001)) / 9_000 - 0.1 })
    }
    let model = Model(
      network: network,
      tensors: ["layers.1.weight": noise([784, 10]), "layers.1.bias": noise([10])])
    return try! Plan(model, maximumBatch: 8)
  }

  private static func answer(_ plan: Plan, _ image: [UInt8]) -> [Float] {
    let workspace = Workspace(byteCount: plan.workspaceByteCount)
    return [Float](unsafeUninitializedCapacity: plan.classCount) { answer, count in
      image.withUnsafeBytes { pixels in
        let task = InferenceTask(
          pixels: pixels.baseAddress!, pixelType: .uint8, probabilities: answer.baseAddress!)
        withUnsafePointer(to: task) {
          plan.run(UnsafeBufferPointer(start: $0, count: 1), workspace: workspace)
        }
      }
      count = plan.classCount
    }
  }
}
