import DigitModel
import DigitServer

/// Small models with seeded weights: what they answer means nothing, but is always the same.
enum TestModels {
  static let small = make("small", units: 24)
  static let other = make("other", units: 40)
  static let conditioned = make("conditioned", units: 24, conditioning: .contrast)

  /// 784 → units relu → 10 softmax.
  static func make(
    _ name: String, units: Int, conditioning: Conditioning = .none
  ) -> LoadedModel {
    let model = model(name, units: units, conditioning: conditioning)
    return LoadedModel(name: name, plan: try! Plan(model))
  }

  /// Prepared for no precision but `float32`.
  static func model(
    _ name: String, units: Int, conditioning: Conditioning = .none, classes: Int = 10
  ) -> Model {
    var input = Network.Input()
    input.conditioning = conditioning
    let network = Network(
      name: name, input: input,
      layers: [
        .flatten, .dense(Dense(units: units, activation: .relu)),
        .dense(Dense(units: classes, activation: .softmax)),
      ])
    return Model(
      network: network,
      tensors: [
        "layers.1.weight": noise([784, units], seed: 1),
        "layers.1.bias": noise([units], seed: 2),
        "layers.2.weight": noise([units, classes], seed: 3),
        "layers.2.bias": noise([classes], seed: 4),
      ])
  }

  private static func noise(_ shape: [Int], seed: UInt64) -> Tensor {
    var random = SplitMix(seed: seed)
    let count = shape.reduce(1, *)
    return Tensor(
      shape: shape,
      values: (0..<count).map { _ in Float(random.next(below: 2_001) - 1_000) / 9_000 })
  }
}

/// An image that no other number gives.
func testImage(_ number: Int) -> [UInt8] {
  var random = SplitMix(seed: UInt64(number) &+ 99)
  return (0..<784).map { _ in UInt8(random.next(below: 256)) }
}
