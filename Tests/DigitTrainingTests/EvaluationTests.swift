import DigitEvaluation
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
