import DigitModel
import Foundation
import Testing

@Suite struct NetworkTests {
  @Test func `shapes follow the layers`() throws {
    #expect(
      try Sample.compact.shapes().map(\.description) == [
        "28×28×1", "12×12×24", "12×12×24", "12×12×24", "12×12×17", "12×12×17", "12×12×17",
        "6×6×17", "8×8×48", "3×3×48", "432", "10", "10",
      ])
  }

  @Test func `the summary counts parameters and operations as the literature does`() throws {
    let summary = try Sample.cnn.summary()
    #expect(summary.parameterCount == 1_199_882)
    #expect(summary.operationCount == 23_984_896)
    #expect(try Sample.mlp.summary().parameterCount == 42_310)
    #expect(summary.rows[2].output == .map(height: 12, width: 12, channels: 64))
  }

  @Test(
    arguments: [
      ([.dense(Dense(units: 10))], LayerProblem.needsVector),
      ([.flatten, .convolution(Convolution(filters: 1, kernel: 1))], .needsMap),
      ([.flatten, .pooling(Pooling(.maximum, size: 2))], .needsMap),
      (
        [.convolution(Convolution(filters: 1, kernel: 29))],
        .windowTooLarge(window: 29, extent: 28)
      ),
      ([.pooling(Pooling(.average, size: 30))], .windowTooLarge(window: 30, extent: 28)),
      ([.convolution(Convolution(filters: 0, kernel: 3))], .outOfRange("filters", "0")),
      ([.convolution(Convolution(filters: 1, kernel: 0))], .outOfRange("kernel", "0")),
      ([.convolution(Convolution(filters: 1, kernel: 3, stride: 0))], .outOfRange("stride", "0")),
      (
        [.convolution(Convolution(filters: 1, kernel: 3, padding: 3))],
        .outOfRange("padding", "3")
      ),
      ([.flatten, .dense(Dense(units: Int.max))], .outOfRange("units", "\(Int.max)")),
      ([.dropout(rate: 1)], .outOfRange("rate", "1.0")),
      ([.batchNormalization(epsilon: -.infinity)], .outOfRange("epsilon", "-inf")),
      ([.flatten, .activation(.softmax), .dropout(rate: 0)], .softmaxBeforeTheEnd),
      ([.activation(.softmax)], .needsVector),
      (
        [.convolution(Convolution(filters: 65_536, kernel: 1))],
        .tooLarge(.map(height: 28, width: 28, channels: 65_536))
      ),
    ] as [([Layer], LayerProblem)])
  func `an impossible layer is refused by name`(layers: [Layer], problem: LayerProblem) {
    let error = #expect(throws: NetworkError.self) {
      try Network(name: "impossible", layers: layers).shapes()
    }
    guard case .layer(_, _, _, let got) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(got == problem)
  }

  @Test func `a network needs layers and a sensible input`() {
    #expect(throws: NetworkError.layerCount(0)) {
      try Network(name: "empty", layers: []).shapes()
    }
    var flat = Network.Input()
    flat.standardDeviation = 0
    #expect(throws: NetworkError.input(flat)) {
      try Network(name: "flat", input: flat, layers: [.flatten]).shapes()
    }
  }

  @Test func `an error tells where and what`() {
    let error = NetworkError.layer(
      index: 3, kind: .dense, after: .map(height: 5, width: 6, channels: 7), .needsVector)
    #expect(
      error.description
        == "layer 3 (dense), whose input is 5×6×7, needs a vector: put flatten before it")
  }

  @Test(arguments: Sample.all)
  func `a network survives JSON`(network: Network) throws {
    let json = try JSONEncoder().encode(network)
    #expect(try JSONDecoder().decode(Network.self, from: json) == network)
  }

  @Test func `a handwritten architecture may leave out what is obvious`() throws {
    let json = """
      {"name": "small", "input": {}, "layers": [
        {"type": "convolution", "filters": 8, "kernel": 3},
        {"type": "pooling", "kind": "maximum", "size": 2},
        {"type": "flatten"},
        {"type": "dense", "units": 10, "activation": "softmax"}]}
      """
    let network = Network(
      name: "small",
      layers: [
        .convolution(Convolution(filters: 8, kernel: 3)), .pooling(Pooling(.maximum, size: 2)),
        .flatten, .dense(Dense(units: 10, activation: .softmax)),
      ])
    #expect(try JSONDecoder().decode(Network.self, from: Data(json.utf8)) == network)
  }
}
