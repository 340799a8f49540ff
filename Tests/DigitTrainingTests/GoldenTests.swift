import DigitModel
import DigitTraining
import Foundation
import Testing

/// Golden/golden.json, which Golden/make-golden.py wrote.
private struct Golden: Decodable {
  struct Path: Decodable {
    var start: Float
    var rate: Float
    var gradients: [Float]
    var parameters: [Float]
  }

  struct ConvolutionCase: Decodable {
    var height: Int
    var width: Int
    var channels: Int
    var kernel: Int
    var filters: Int
    var stride: Int
    var padding: Int
    var output: [Float]
  }

  struct Losses: Decodable {
    var scores: [Float]
    var label: Int
    var softmax: Float
    var normalizedSigmoid: Float
  }

  enum CodingKeys: String, CodingKey {
    case random = "xoshiro256++"
    case adam, adamW, momentum, convolutions, losses
  }

  var random: [String: [String]]
  var adam: Path
  var adamW: Path
  var momentum: Path
  var convolutions: [ConvolutionCase]
  var losses: [Losses]

  static func read() throws -> Golden {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let data = try Data(contentsOf: folder.appending(path: "Golden/golden.json"))
    return try JSONDecoder().decode(Golden.self, from: data)
  }
}

@Test func `the random source is the published one`() throws {
  let golden = try Golden.read()
  #expect(golden.random.count == 3)
  for (seed, numbers) in golden.random {
    var random = RandomSource(seed: try #require(UInt64(seed)))
    #expect(numbers == numbers.indices.map { _ in String(random.next()) })
  }
}

@Test func `optimizers take the steps of their papers`() throws {
  let golden = try Golden.read()
  expect(Adam(), follows: golden.adam)
  expect(AdamW(decay: 0.5), follows: golden.adamW)
  expect(Momentum(0.8, decay: 0.5), follows: golden.momentum)
  // What must not decay goes Adam's way.
  expect(AdamW(decay: 0.5), decays: 0, follows: golden.adam)
}

private func expect(
  _ optimizer: some Optimizer, decays: Float = 1, follows path: Golden.Path,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  // The parameter, its gradient, whether it decays, and two numbers of state.
  var numbers: [Float] = [path.start, 0, decays, 0, 0]
  for (index, gradient) in path.gradients.enumerated() {
    numbers[1] = gradient
    numbers.withUnsafeMutableBufferPointer { numbers in
      let first = numbers.baseAddress!
      optimizer.update(
        OptimizerSlice(
          count: 1, parameters: first, gradient: first + 1, state: [first + 3, first + 4],
          decays: first + 2),
        step: index + 1, learningRate: path.rate)
    }
    #expect(abs(numbers[0] - path.parameters[index]) < 1e-6, sourceLocation: sourceLocation)
  }
}

@Test func `a convolution is the sum over its window`() throws {
  for golden in try Golden.read().convolutions {
    let convolution = Convolution(
      filters: golden.filters, kernel: golden.kernel, stride: golden.stride,
      padding: golden.padding)
    let shape = FeatureShape(
      height: golden.height, width: golden.width, channels: golden.channels)
    let check = try GradientCheck(.convolution(convolution), shape: shape, imageCount: 1)
    let wave = { (index: Int) in Float((index * 37) % 41 - 20) / 16 }
    let inputCount = check.input.count
    check.input = (0..<inputCount).map(wave)
    check.parameters = check.parameters.indices.map { wave(inputCount + $0) }
    #expect(largestError(check.forward(), golden.output) < 1e-5)
    #expect(check.forward().count == golden.output.count)
  }
}

@Test func `losses are those of their definitions`() throws {
  for golden in try Golden.read().losses {
    for (loss, expected) in [
      (ClassificationLoss.softmax, golden.softmax),
      (.normalizedSigmoid, golden.normalizedSigmoid),
    ] {
      let result = loss.evaluate(
        scores: golden.scores, count: golden.scores.count, label: golden.label)
      #expect(abs(result.loss - expected) < 1e-5)
    }
  }
}
