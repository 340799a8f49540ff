import DigitFiles
import DigitModel
import DigitTraining
import Testing

@Test(arguments: ["mlp-50-50", "cnn-28"])
func `the engine that serves agrees with the one that trains`(name: String) throws {
  let architecture = try #require(Zoo.architecture(named: name))
  var recipe = architecture.house
  recipe.epochs = 1
  let set = try shippedTrainingSet().prefix(500)
  let trainer = try Trainer(architecture.network, recipe: recipe, seed: 0, threads: 2)
  _ = try trainer.train(on: set)
  let trained = try trainer.evaluate(set.images)
  let probabilities = try Plan(trainer.model).probabilities(of: set.images)
  let served = Evaluation(probabilities: probabilities, labels: set.images.labels)
  #expect(abs(served.loss - trained.meanLoss) < 1e-4)
  #expect(abs(served.accuracy - trained.accuracy) <= 1.0 / 500)
}

@Test func `normalized and running statistics agree with the engine that serves`() throws {
  let trainer = try Trainer(
    everyLayer, recipe: Recipe(epochs: 2, batch: 32, learningRate: 0.01), seed: 0, threads: 2)
  let set = try shippedTrainingSet().prefix(500)
  _ = try trainer.train(on: set)
  let probabilities = try Plan(trainer.model).probabilities(of: set.images)
  let served = Evaluation(probabilities: probabilities, labels: set.images.labels)
  #expect(abs(served.loss - (try trainer.evaluate(set.images).meanLoss)) < 1e-4)
}

@Test func `an evaluation names its errors and counts its halves`() {
  let probabilities: [Float] = [0.9, 0.1, 0.5, 0.5, 0.2, 0.8, 0.6, 0.4]
  let evaluation = Evaluation(probabilities: probabilities, labels: [0, 1, 1, 0])
  #expect(evaluation.predictions == [0, 0, 1, 0])
  #expect(evaluation.errorIndices == [1])
  #expect(evaluation.accuracy == 0.75)
  #expect(evaluation.accuracy(in: 0..<2) == 0.5)
  #expect(abs(evaluation.loss - 0.383_1) < 1e-3)
}

@Test func `a probability of zero is a large loss, not an infinite one`() {
  let evaluation = Evaluation(probabilities: [0, 1], labels: [0])
  #expect(evaluation.loss > 80 && evaluation.loss < 100)
}
