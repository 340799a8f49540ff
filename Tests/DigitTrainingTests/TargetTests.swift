import DigitFiles
import DigitModel
import DigitTraining
import Testing

@Test(arguments: [ClassificationLoss.softmax, .normalizedSigmoid])
func `a loss's gradient matches finite differences for any target`(loss: ClassificationLoss) {
  let scores: [Float] = [0.3, -2, 1.5, 4, -0.7]
  let target: [Float] = [0.1, 0.2, 0.05, 0.4, 0.25]
  var gradient = [Float](repeating: .nan, count: 5)
  _ = loss.evaluate(
    scores: scores, count: 5, label: 1, target: target, scale: 0.5, gradient: &gradient)
  let expected = scores.indices.map { index in
    let move = { (step: Float) in
      var moved = scores
      moved[index] += step
      return loss.evaluate(scores: moved, count: 5, label: 1, target: target).loss
    }
    return 0.5 * (move(0.01) - move(-0.01)) / 0.02
  }
  #expect(largestError(gradient, expected) < 0.001)
}

@Test func `a target spreads the smoothing evenly and takes its part from the teacher`() {
  let fill = { (targets: SoftTargets, teacher: [Float]?) in
    var target = [Float](repeating: .nan, count: 4)
    if let teacher {
      targets.fill(&target, classCount: 4, label: 2, teacher: teacher)
    } else {
      targets.fill(&target, classCount: 4, label: 2, teacher: nil)
    }
    return target
  }
  #expect(SoftTargets().isHard)
  #expect(fill(SoftTargets(), nil) == [0, 0, 1, 0])
  #expect(largestError(fill(SoftTargets(smoothing: 0.2), nil), [0.05, 0.05, 0.85, 0.05]) < 1e-6)
  let taught = fill(SoftTargets(smoothing: 0.2, teacherWeight: 0.75), [0.6, 0.4, 0, 0])
  #expect(largestError(taught, [0.4625, 0.3125, 0.2125, 0.0125]) < 1e-6)
}

@Test func `a pupil comes to agree with its teachers, not with the labels`() throws {
  let set = try shippedTrainingSet().prefix(300)
  let network = Network(
    name: "pupil", layers: [.flatten, .dense(Dense(units: 10, activation: .softmax))])
  // Teachers that say 3 and 7 to everything.
  let teachers = [3, 7].map { digit in
    Model(
      network: network,
      tensors: [
        "layers.1.weight": Tensor(
          shape: [784, 10], values: Array(repeating: 0, count: 7_840)),
        "layers.1.bias": Tensor(shape: [10], values: (0..<10).map { $0 == digit ? 20 : 0 }),
      ])
  }
  var recipe = Recipe(epochs: 30, batch: 50, learningRate: 0.01)
  recipe.teacherWeight = 1
  let trainer = try Trainer(
    network, recipe: recipe, seed: 0, threads: 2, teacher: try Teacher(teachers, of: network))
  _ = try trainer.train(on: set)
  let probabilities = try Plan(trainer.model).probabilities(of: set.images)
  for image in 0..<set.count {
    #expect(abs(probabilities[10 * image + 3] - 0.5) < 0.1)
    #expect(abs(probabilities[10 * image + 7] - 0.5) < 0.1)
  }
}

@Test func `a weight for a teacher without a teacher is refused, and the other way round`() throws {
  var recipe = Recipe(epochs: 1, batch: 1, learningRate: 1)
  recipe.teacherWeight = 0.5
  #expect(throws: TrainingError.teacher("a teacher and a weight above 0 belong together")) {
    try Trainer(everyLayer, recipe: recipe, seed: 0, threads: 1)
  }
  #expect(throws: TrainingError.teacher("expected at least one")) {
    try Teacher([], of: everyLayer)
  }
}
