import DigitModel
import DigitTraining
import Testing

private let map = FeatureShape(height: 5, width: 6, channels: 3)

@Test(arguments: [
  Convolution(filters: 4, kernel: 3), Convolution(filters: 2, kernel: 3, padding: 1),
  Convolution(filters: 3, kernel: 5, stride: 2, padding: 2),
  Convolution(filters: 2, kernel: 2, stride: 3), Convolution(filters: 2, kernel: 1),
  Convolution(filters: 2, kernel: 3, stride: 1, padding: 3),
])
func `a convolution's gradients match finite differences`(convolution: Convolution) throws {
  try expectMatch(.convolution(convolution))
}

// Enough channels and filters that forward and backward go by Winograd's tiles.
@Test(arguments: [(16, 16, 0), (17, 14, 1), (16, 19, 2)])
func `a convolution's gradients match finite differences in tiles`(
  channels: Int, filters: Int, padding: Int
) throws {
  let layer = Layer.convolution(Convolution(filters: filters, kernel: 3, padding: padding))
  let shape = FeatureShape(height: 6, width: 7, channels: channels)
  let check = try GradientCheck(layer, shape: shape, imageCount: 2)
  // The pass is linear in each number, so that a long step is as exact, and rounds less.
  let (got, expected) = (check.backward(), check.finiteDifferences(step: 8))
  #expect(largestError(got.input, expected.input) < 0.005)
  #expect(largestError(got.parameters, expected.parameters) < 0.005)
}

@Test(arguments: [1, 7, 16])
func `a dense layer's gradients match finite differences`(units: Int) throws {
  try expectMatch(.dense(Dense(units: units)))
}

@Test(arguments: [
  Pooling(.maximum, size: 2), Pooling(.maximum, size: 3, stride: 1), Pooling(.average, size: 2),
  Pooling(.average, size: 3, stride: 2), Pooling(.maximum, size: 1, stride: 2),
])
func `a pooling's gradient matches finite differences`(pooling: Pooling) throws {
  try expectMatch(.pooling(pooling))
}

@Test(arguments: [7, 8, 9, 16, 19])
func `a pooling's gradient is right for any number of channels`(channels: Int) throws {
  let shape = FeatureShape(height: 4, width: 5, channels: channels)
  try expectMatch(.pooling(Pooling(.maximum, size: 2)), shape: shape)
  try expectMatch(.pooling(Pooling(.maximum, size: 3, stride: 1)), shape: shape)
}

@Test func `of equal maxima the first gets the whole gradient`() throws {
  let shape = FeatureShape(height: 2, width: 2, channels: 9)
  let check = try GradientCheck(.pooling(Pooling(.maximum, size: 2)), shape: shape, imageCount: 1)
  check.input = Array(repeating: 1, count: 36)
  let gradient = check.backward().input
  #expect(gradient[..<9].allSatisfy { $0 != 0 })
  #expect(gradient[9...].allSatisfy { $0 == 0 })
}

@Test(arguments: [Activation.relu, .tanh, .sigmoid])
func `an activation's gradient matches finite differences`(activation: Activation) throws {
  try expectMatch(.activation(activation))
}

@Test func `batch normalization's gradients match finite differences`() throws {
  try expectMatch(.batchNormalization(epsilon: 0.001))
}

@Test func `dropout's gradient matches finite differences`() throws {
  try expectMatch(.dropout(rate: 0.4))
}

private func expectMatch(
  _ layer: Layer, shape: FeatureShape = map, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let check = try GradientCheck(layer, shape: shape)
  let (got, expected) = (check.backward(), check.finiteDifferences())
  #expect(expected.input.contains { $0 != 0 }, sourceLocation: sourceLocation)
  #expect(largestError(got.input, expected.input) < 0.005, sourceLocation: sourceLocation)
  #expect(largestError(got.parameters, expected.parameters) < 0.005, sourceLocation: sourceLocation)
}

@Test func `dropout keeps the expected sum and is idle after training`() throws {
  let check = try GradientCheck(
    .dropout(rate: 0.25), shape: FeatureShape(height: 20, width: 20, channels: 8))
  let output = check.forward()
  let dropped = output.count { $0 == 0 }
  #expect(abs(Float(dropped) / Float(output.count) - 0.25) < 0.02)
  #expect(zip(output, check.input).allSatisfy { $0 == 0 || abs($0 / $1 - 1 / 0.75) < 1e-5 })
  #expect(check.forward(isTraining: false) == check.input)
}

@Test(arguments: [ClassificationLoss.softmax, .normalizedSigmoid])
func `a loss's gradient matches finite differences`(loss: ClassificationLoss) {
  let scores: [Float] = [0.3, -2, 1.5, 4, -0.7, 0, 2.2, -3, 0.9, 1]
  for label in scores.indices {
    var gradient = [Float](repeating: .nan, count: 10)
    _ = loss.evaluate(scores: scores, count: 10, label: label, scale: 0.5, gradient: &gradient)
    let expected = scores.indices.map { index in
      let move = { (step: Float) in
        var moved = scores
        moved[index] += step
        return loss.evaluate(scores: moved, count: 10, label: label).loss
      }
      return 0.5 * (move(0.01) - move(-0.01)) / 0.02
    }
    #expect(largestError(gradient, expected) < 0.001)
  }
}

@Test(arguments: [ClassificationLoss.softmax, .normalizedSigmoid])
func `a loss stays finite for extreme scores`(loss: ClassificationLoss) {
  for label in 0..<2 {
    var gradient: [Float] = [0, 0]
    let result = loss.evaluate(
      scores: [80, -80], count: 2, label: label, gradient: &gradient)
    #expect(result.loss.isFinite)
    #expect(gradient.allSatisfy { $0.isFinite })
    #expect(result.isCorrect == (label == 0))
  }
}
