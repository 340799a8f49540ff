import DigitFiles
import DigitModel
import DigitTraining
import Foundation
import Testing

/// A network that says 0 of every image, with this margin of its score over that of 1.
private func stubborn(margin: Float) -> Model {
  let network = Network(
    name: "stubborn", layers: [.flatten, .dense(Dense(units: 2, activation: .softmax))])
  return Model(
    network: network,
    tensors: [
      "layers.1.weight": Tensor(shape: [784, 2], values: Array(repeating: 0, count: 1_568)),
      "layers.1.bias": Tensor(shape: [2], values: [margin, 0]),
    ])
}

/// Images of which so many of a hundred show 0, and the others 1.
private func images(zeros: Int) throws -> TrainingSet {
  let labels = (0..<100).map { UInt8($0 < zeros ? 0 : 1) }
  return try TrainingSet(
    ImageSet(
      rows: 28, columns: 28, pixels: Array(repeating: 7, count: 100 * 784), labels: labels),
    source: "invented")
}

@Suite struct TemperatureFitTests {
  @Test(arguments: [(5, 80), (0.4, 80), (2, 95)] as [(Float, Int)])
  func `a model becomes as sure as it is right`(margin: Float, zeros: Int) throws {
    let fit = try TemperatureFit([(stubborn(margin: margin), try images(zeros: zeros))])
    // σ(margin / T) = zeros / 100.
    let expected = margin / log(Float(zeros) / Float(100 - zeros))
    #expect(abs(fit.temperature / expected - 1) < 0.003)
    #expect(fit.loss <= fit.lossBefore)
  }

  @Test func `all models count, by their images`() throws {
    let fit = try TemperatureFit([
      (stubborn(margin: 3), try images(zeros: 70)), (stubborn(margin: 3), try images(zeros: 90)),
    ])
    #expect(abs(fit.temperature / (3 / log(Float(4))) - 1) < 0.003)
  }

  @Test func `what was found lies on a thousandth, so that it can be told in full`() throws {
    let temperature = try TemperatureFit([(stubborn(margin: 5), try images(zeros: 80))]).temperature
    #expect((temperature * 1_000).rounded() / 1_000 == temperature)
  }
}

@Test func `a teacher teaches what it was trained to say, fitted or not`() throws {
  let set = try shippedTrainingSet().prefix(64)
  var recipe = Recipe(epochs: 1, batch: 32, learningRate: 0.01)
  recipe.teacherWeight = 1
  let network = stubborn(margin: 0).network
  let taught = { (teacher: Model) in
    let trainer = try Trainer(
      network, recipe: recipe, seed: 1, threads: 1, teacher: try Teacher([teacher], of: network))
    let binary = TrainingSet.zerosAndOnes(of: set)
    return try trainer.train(on: binary).epochs[0].trainingLoss
  }
  let teacher = stubborn(margin: 2)
  var fitted = try teacher.dividingScores(by: 0.25)
  try fitted.setConfidence(Confidence(temperature: 0.25))
  let (plain, other) = (try taught(teacher), try taught(fitted))
  #expect(abs(plain - other) < 1e-5)
}

extension TrainingSet {
  /// Those that show 0 or 1.
  fileprivate static func zerosAndOnes(of set: TrainingSet) -> TrainingSet {
    set.subset((0..<set.count).filter { set.images.labels[$0] < 2 })
  }
}
