import DigitFiles
import DigitModel
import DigitTraining
import Testing

private func train(
  _ network: Network, _ recipe: Recipe, count: Int, seed: UInt64 = 0, threads: Int = 2
) throws -> (model: Model, log: TrainingLog) {
  let trainer = try Trainer(network, recipe: recipe, seed: seed, threads: threads)
  let log = try trainer.train(on: try shippedTrainingSet().prefix(count))
  return (trainer.model, log)
}

@Test(arguments: [("mlp-50-50", 0.93, 0.88), ("cnn-28", 0.97, 0.93)])
func `four thousand images teach a network to read the other thousand`(
  name: String, trainingAccuracy: Double, validationAccuracy: Double
) throws {
  let architecture = try #require(Zoo.architecture(named: name))
  var recipe = architecture.house
  recipe.epochs = 5
  recipe.batch = 32
  recipe.learningRate = 0.002
  recipe.augmentation = .none
  let set = try shippedTrainingSet()
  let trainer = try Trainer(architecture.network, recipe: recipe, seed: 1, threads: 2)
  let log = try trainer.train(
    on: set.subset((0..<5_000).filter { $0 % 5 != 0 }),
    validation: set.subset((0..<5_000).filter { $0 % 5 == 0 }))
  let last = try #require(log.epochs.last)
  #expect(last.trainingAccuracy > trainingAccuracy)
  #expect(try #require(last.validationAccuracy) > validationAccuracy)
}

@Test func `a network of every layer learns`() throws {
  let recipe = Recipe(epochs: 20, batch: 25, learningRate: 0.01)
  let log = try train(everyLayer, recipe, count: 1_000).log
  #expect(log.epochs[0].trainingLoss > 1.5 * log.epochs[19].trainingLoss)
  #expect(log.epochs[19].trainingAccuracy > 0.8)
}

@Test(arguments: [1, 2, 3])
func `the same seed and threads give the same weights`(threads: Int) throws {
  var recipe = Recipe(epochs: 2, batch: 32, learningRate: 0.01)
  recipe.augmentation = Augmentation(rotationDegrees: 10, shiftPixels: 2, scale: 0.1)
  let first = try train(everyLayer, recipe, count: 200, threads: threads)
  let second = try train(everyLayer, recipe, count: 200, threads: threads)
  #expect(first.model.tensors == second.model.tensors)
  let other = try train(everyLayer, recipe, count: 200, seed: 1, threads: threads)
  #expect(first.model.tensors != other.model.tensors)
}

@Test func `threads change the weights only by rounding`() throws {
  // Without batch normalization, whose statistics are each thread's own.
  let network = try #require(Zoo.architecture(named: "cnn-28")).network
  let recipe = Recipe(epochs: 1, batch: 30, learningRate: 0.001)
  let one = try train(network, recipe, count: 150, threads: 1).model
  let three = try train(network, recipe, count: 150, threads: 3).model
  for (name, tensor) in one.tensors {
    let other = try #require(three.tensors[name])
    #expect(largestError(tensor.values, other.values) < 1e-4, "\(name)")
  }
}

@Test func `running statistics come to be those of the images`() throws {
  let network = Network(
    name: "normalized",
    layers: [
      .convolution(Convolution(filters: 3, kernel: 5, stride: 3)),
      .batchNormalization(epsilon: 0.001), .activation(.relu), .flatten,
      .dense(Dense(units: 10, activation: .softmax)),
    ])
  // Steps this small leave the weights where they are.
  let recipe = Recipe(epochs: 5, batch: 50, learningRate: 1e-9)
  let trainer = try Trainer(network, recipe: recipe, seed: 0, threads: 2)
  let set = try shippedTrainingSet().prefix(1_000)
  let log = try trainer.train(on: set)
  let loss = try trainer.evaluate(set.images).meanLoss
  #expect(abs(loss - log.epochs[4].trainingLoss) < 0.01)
}

@Test(arguments: [1, 31, 33])
func `a last batch of any size is trained on`(count: Int) throws {
  let recipe = Recipe(epochs: 1, batch: 32, learningRate: 0.001)
  let trained = try train(everyLayer, recipe, count: count, threads: 3)
  #expect(trained.log.epochs[0].imageCount == count)
  #expect(trained.model.tensors.values.allSatisfy { $0.values.allSatisfy { $0.isFinite } })
}

@Test func `evaluation neither drops nor moves anything`() throws {
  let trainer = try Trainer(
    everyLayer, recipe: Recipe(epochs: 1, batch: 32, learningRate: 0.01), seed: 3, threads: 2)
  let set = try shippedTrainingSet().prefix(100)
  _ = try trainer.train(on: set)
  let before = trainer.model.tensors
  let first = try trainer.evaluate(set.images)
  #expect(try trainer.evaluate(set.images) == first)
  #expect(first.imageCount == 100)
  #expect(trainer.model.tensors == before)
}

@Test func `a rate that is far too high is reported, not trained on`() throws {
  let network = Network(
    name: "linear", layers: [.flatten, .dense(Dense(units: 10, activation: .softmax))])
  var recipe = Recipe(epochs: 3, batch: 32, learningRate: 1e38)
  recipe.schedule = Schedule(.constant)
  #expect {
    try train(network, recipe, count: 500)
  } throws: { error in
    guard case .diverged = error as? TrainingError else { return false }
    return true
  }
}

@Test func `images of another size are refused`() throws {
  let trainer = try Trainer(
    everyLayer, recipe: Recipe(epochs: 1, batch: 1, learningRate: 0.01), seed: 0, threads: 1)
  let images = ImageSet(rows: 2, columns: 3, pixels: Array(repeating: 0, count: 6), labels: [0])
  let set = try TrainingSet(images, source: "small")
  #expect(throws: TrainingError.wrongImageSize(expected: [28, 28], got: [2, 3])) {
    try trainer.train(on: set)
  }
}

@Test func `layers that do not fit are refused by their index`() {
  let tooLarge = Network(
    name: "bad", layers: [.pooling(Pooling(.maximum, size: 29)), .activation(.softmax)])
  let noScores = Network(name: "bad", layers: [.flatten, .dense(Dense(units: 10))])
  let early = Network(
    name: "bad", layers: [.activation(.softmax), .dense(Dense(units: 10, activation: .softmax))])
  for (network, layer) in [(tooLarge, 0), (noScores, 1), (early, 0)] {
    #expect {
      try TrainableNetwork(network)
    } throws: { error in
      guard case .untrainable(layer, _) = error as? TrainingError else { return false }
      return true
    }
  }
}
