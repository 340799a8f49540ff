import DigitModel
import Foundation
import Testing

@Suite struct ConfidenceTests {
  private static let pixels = Sample.pixels(images: 3)

  private static func scores(_ model: Model) throws -> [Float] {
    try Plan(model).classify(pixels)
  }

  /// p^(1/T), normalized: what dividing the scores of a softmax by T comes to.
  private static func tempered(_ probabilities: [Float], _ temperature: Float) -> [Float] {
    stride(from: 0, to: probabilities.count, by: 10).flatMap { first in
      let powers = probabilities[first..<first + 10].map { pow($0, 1 / temperature) }
      let sum = powers.reduce(0, +)
      return powers.map { $0 / sum }
    }
  }

  @Test(arguments: [Sample.cnn, Sample.compact], [0.5, 1, 3] as [Float])
  func `scores are divided by the temperature, whichever layer ends the network`(
    network: Network, temperature: Float
  ) throws {
    let model = try Sample.model(network)
    let plain = try Self.scores(model)
    let divided = try Self.scores(try model.dividingScores(by: temperature))
    let expected = Self.tempered(plain, temperature)
    #expect(zip(divided, expected).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test func `every member of an ensemble has the same temperature`() throws {
    let members = try [Sample.cnn, Sample.compact].map(Sample.model)
    let ensemble = try Model(name: "two", meanOf: members).dividingScores(by: 0.4)
    let each = try members.map { Self.tempered(try Self.scores($0), 0.4) }
    let mean = zip(each[0], each[1]).map { ($0 + $1) / 2 }
    #expect(zip(try Self.scores(ensemble), mean).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test func `a norm that gives the scores is divided, and what stands before it is not`() throws {
    let network = Network(
      name: "norm-end",
      layers: [
        .flatten, .dense(Dense(units: 10)), .batchNormalization(epsilon: 1e-3),
        .dropout(rate: 0.5), .activation(.softmax),
      ])
    let model = try Sample.model(network)
    let halved = try model.dividingScores(by: 2)
    #expect(halved.tensor(layer: 1, "weight") == model.tensor(layer: 1, "weight"))
    #expect(
      halved.tensor(layer: 2, "gamma").values
        == model.tensor(layer: 2, "gamma").values.map { $0 / 2 }
    )
  }

  @Test func `scores behind a curve cannot be divided`() throws {
    let network = Network(
      name: "curve",
      layers: [
        .flatten, .dense(Dense(units: 10, activation: .tanh)), .activation(.softmax),
      ])
    #expect(throws: ModelError.self) { try Sample.model(network).dividingScores(by: 2) }
  }

  @Test func `the file keeps the temperature, and nonsense in it is refused`() throws {
    var model = try Sample.model(Sample.mlp)
    #expect(try model.confidence() == nil)
    try model.setConfidence(Confidence(temperature: 0.512))
    let read = try Model(safetensors: try model.safetensors())
    #expect(try read.confidence() == Confidence(temperature: 0.512))
    let rejecting = Confidence(temperature: 0.512, rejectionThreshold: 0.9)
    try model.setConfidence(rejecting)
    #expect(try Model(safetensors: try model.safetensors()).confidence() == rejecting)
    for json in [
      #"{"temperature":1,"rejectionThreshold":0}"#, #"{"temperature":1,"rejectionThreshold":1.1}"#,
      "{}", #"{"temperature":0}"#, #"{"temperature":-1}"#, "0.5",
    ] {
      model.metadata["confidence"] = json
      #expect(throws: ModelError.self, "\(json)") { try model.confidence() }
    }
  }
}
