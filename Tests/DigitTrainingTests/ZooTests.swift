import DigitEvaluation
import DigitModel
import DigitTraining
import Foundation
import Testing

// Parameters as published (batch normalization's running statistics counted), operations by hand.
@Test(arguments: [
  ("mlp-50-50", 42_310, 84_400), ("cnn-28", 607_394, 1_554_656),
  ("cnn-32-64", 1_199_882, 23_984_896), ("cnn-32-64-tanh", 1_199_882, 23_984_896),
  ("cnn-vgg-bn", 597_738, 20_470_016), ("compact", 55_594, 2_755_584), ("tiny", 19_202, 834_048),
])
func `an architecture is of the size that is known`(
  name: String, parameterCount: Int, operationCount: Int
) throws {
  let summary = try #require(Zoo.architecture(named: name)).network.summary()
  #expect(summary.parameterCount == parameterCount)
  #expect(summary.operationCount == operationCount)
}

@Test func `compact and tiny stay below three million and one million operations`() throws {
  for (name, most) in [("compact", 3_000_000), ("tiny", 1_000_000)] {
    let network = try #require(Zoo.architecture(named: name)).network
    #expect(try network.summary().operationCount <= most)
  }
}

@Test(arguments: Zoo.all.map(\.name))
func `every architecture learns by both of its recipes and is served as trained`(
  name: String
) throws {
  let architecture = try #require(Zoo.architecture(named: name))
  let set = try shippedTrainingSet().prefix(128)
  for (choice, part) in RecipeName.allCases.flatMap({ choice in
    architecture.network.memberNetworks.map { (choice, $0) }
  }) {
    var recipe = architecture.recipe(choice)
    recipe.epochs = 2
    recipe.batch = 32
    // So few steps leave an average of many behind.
    recipe.averaging = min(recipe.averaging, 0.5)
    let trainer = try Trainer(part, recipe: recipe, seed: 0, threads: 2)
    let log = try trainer.train(on: set)
    #expect(log.epochs[1].trainingLoss < log.epochs[0].trainingLoss)
    let served = Evaluation(
      probabilities: try Plan(trainer.model).probabilities(of: set.images),
      labels: set.images.labels)
    #expect(abs(served.loss - (try trainer.evaluate(set.images).meanLoss)) < 1e-3)
  }
}

@Test func `recipes survive being written down`() throws {
  for architecture in Zoo.all {
    for choice in RecipeName.allCases {
      var recipe = architecture.recipe(choice)
      #expect(try JSONDecoder().decode(Recipe.self, from: JSONEncoder().encode(recipe)) == recipe)
      recipe.optimizer = .momentum(Momentum(0.8, decay: 0.1))
      #expect(try JSONDecoder().decode(Recipe.self, from: JSONEncoder().encode(recipe)) == recipe)
    }
  }
}
