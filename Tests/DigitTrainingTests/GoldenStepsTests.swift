import DigitFiles
import DigitModel
import DigitTraining
import Foundation
import Testing

/// Golden/golden-steps.json, which Golden/make-golden-steps.py wrote: see there for the network,
/// the images and the settings.
private struct GoldenSteps: Decodable {
  var losses: [Double]
  var lossOfAverage: Double

  static func read(_ name: String) throws -> GoldenSteps {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let data = try Data(contentsOf: folder.appending(path: "Golden/golden-steps.json"))
    return try #require(JSONDecoder().decode([String: GoldenSteps].self, from: data)[name])
  }
}

private let model: Model = {
  var network = Network(
    name: "small",
    layers: [
      .flatten, .dense(Dense(units: 6, activation: .tanh)),
      .dense(Dense(units: 10, activation: .softmax)),
    ])
  (network.input.height, network.input.width) = (4, 3)
  var offset = 0
  let tensor = { (shape: [Int]) in
    let values = (0..<shape.reduce(1, *)).map { Float((($0 + offset) * 37) % 41 - 20) / 40 }
    offset += values.count
    return Tensor(shape: shape, values: values)
  }
  let weights = [tensor([12, 6]), tensor([6]), tensor([6, 10]), tensor([10])]
  return Model(
    network: network,
    tensors: [
      "layers.1.weight": weights[0], "layers.1.bias": weights[1], "layers.2.weight": weights[2],
      "layers.2.bias": weights[3],
    ])
}()

@Test(arguments: [1, 3])
func `ten steps of AdamW with warm-up, smoothing and averaging are NumPy's`(threads: Int) throws {
  try expectGolden(
    "adamW", .adamW(AdamW(Adam(beta2: 0.99), decay: 0.1)), rate: 0.05, threads: threads)
}

@Test(arguments: [1, 3])
func `ten steps of momentum with warm-up, smoothing and averaging are NumPy's`(
  threads: Int
) throws {
  try expectGolden("momentum", .momentum(Momentum(0.9, decay: 0.01)), rate: 0.5, threads: threads)
}

private func expectGolden(
  _ name: String, _ optimizer: OptimizerChoice, rate: Double, threads: Int
) throws {
  let images = ImageSet(
    rows: 4, columns: 3, pixels: (0..<144).map { UInt8(($0 * 53) % 256) },
    labels: (0..<12).map { UInt8(($0 * 7) % 10) })
  var recipe = Recipe(epochs: 10, batch: 12, learningRate: rate)
  recipe.optimizer = optimizer
  recipe.schedule = Schedule(.cosine, warmUp: 0.2)
  recipe.labelSmoothing = 0.1
  recipe.averaging = 0.4
  let trainer = try Trainer(model.network, recipe: recipe, seed: 0, threads: threads)
  trainer.start(from: model)
  let log = try trainer.train(on: try TrainingSet(images, source: "small"))
  let golden = try GoldenSteps.read(name)
  try #require(log.epochs.count == golden.losses.count)
  for (record, loss) in zip(log.epochs, golden.losses) {
    #expect(abs(record.trainingLoss - loss) < 2e-6, "step \(record.epoch)")
  }
  #expect(abs(try trainer.evaluate(images).meanLoss - golden.lossOfAverage) < 2e-6)
}
