import DigitModel

/// Networks that between them have every kind of layer, fused and not.
enum Sample {
  static let mlp = network(
    "mlp",
    [
      .flatten, .dense(Dense(units: 50, activation: .relu)),
      .dense(Dense(units: 50, activation: .relu)),
      .dense(Dense(units: 10, activation: .sigmoid)),
    ])

  static let cnn = network(
    "cnn",
    [
      .convolution(Convolution(filters: 32, kernel: 3, activation: .relu)),
      .convolution(Convolution(filters: 64, kernel: 3, activation: .relu)),
      .pooling(Pooling(.maximum, size: 2)), .dropout(rate: 0.2), .flatten,
      .dense(Dense(units: 128, activation: .relu)),
      .dense(Dense(units: 10, activation: .softmax)),
    ])

  /// Padding, stride, norms folded into their convolution, an average, odd sides.
  static let compact = network(
    "compact", mean: 0.1307, deviation: 0.3081,
    [
      .convolution(Convolution(filters: 24, kernel: 5, stride: 2)),
      .batchNormalization(epsilon: 1e-5), .activation(.relu),
      .convolution(Convolution(filters: 17, kernel: 3, padding: 1)),
      .batchNormalization(epsilon: 1e-3), .activation(.relu),
      .pooling(Pooling(.maximum, size: 2)),
      .convolution(Convolution(filters: 48, kernel: 3, padding: 2, activation: .relu)),
      .pooling(Pooling(.average, size: 3, stride: 2)), .flatten,
      .dense(Dense(units: 10)), .activation(.softmax),
    ])

  /// What cannot be fused: a norm behind an activation and behind pooling, in front of padding;
  /// curves before and after pooling; overlapping windows; a norm on vectors; an odd map pooled.
  static let unfused = network(
    "unfused",
    [
      .batchNormalization(epsilon: 0.01),
      .convolution(
        Convolution(filters: 6, kernel: 2, activation: .tanh)),
      .pooling(Pooling(.maximum, size: 2)), .batchNormalization(epsilon: 1e-3),
      .convolution(Convolution(filters: 33, kernel: 3, padding: 1, activation: .sigmoid)),
      .batchNormalization(epsilon: 1e-3), .activation(.relu),
      .pooling(Pooling(.maximum, size: 3, stride: 2)), .pooling(Pooling(.maximum, size: 2)),
      .activation(.tanh), .flatten, .dense(Dense(units: 40, activation: .tanh)),
      .batchNormalization(epsilon: 1e-3), .dropout(rate: 0.5),
      .dense(Dense(units: 70)), .batchNormalization(epsilon: 1e-3), .activation(.relu),
      .dense(Dense(units: 3, activation: .softmax)),
    ])

  /// Images that are conditioned on their way into a map with a frame of zeros.
  static let conditioned = network(
    "conditioned", mean: 0.2, deviation: 0.4, conditioning: .contrast,
    [
      .convolution(Convolution(filters: 8, kernel: 3, padding: 1, activation: .relu)),
      .pooling(Pooling(.maximum, size: 2)), .flatten,
      .dense(Dense(units: 10, activation: .softmax)),
    ])

  /// Images that are conditioned, or else read where they lie.
  static let conditionedVectors = network(
    "conditioned vectors", conditioning: .contrast,
    [.flatten, .dense(Dense(units: 10, activation: .softmax))])

  /// What becomes bytes where it is widest, among the vectors.
  static let wide = network(
    "wide",
    [.flatten, .batchNormalization(epsilon: 0.01), .dense(Dense(units: 10)), .activation(.softmax)])

  static let curved = network(
    "curved",
    [
      .convolution(Convolution(filters: 24, kernel: 3)), .flatten, .activation(.tanh),
      .dense(Dense(units: 10, activation: .softmax)),
    ])

  /// Odd numbers of inputs, down to a single one; maps that fill whole cache lines.
  static let odd = network(
    "odd",
    [
      .convolution(Convolution(filters: 1, kernel: 1)),
      .convolution(Convolution(filters: 1, kernel: 14)), .flatten,
      .dense(Dense(units: 10, activation: .softmax)),
    ])

  /// Padding that no byte tells, and padding beyond all ink.
  static let padded = network("padded", mean: 0.1307, deviation: 0.3081, paddedLayers)
  static let shifted = network("shifted", mean: -0.5, deviation: 1, paddedLayers)

  private static let paddedLayers: [Layer] = [
    .convolution(Convolution(filters: 8, kernel: 3, padding: 1, activation: .relu)), .flatten,
    .dense(Dense(units: 10, activation: .softmax)),
  ]

  static let ensemble = Network(name: "ensemble", meanOf: [compact, conditioned, mlp])

  /// Of one network, two and one.
  static let cascade: Network = {
    var network = Network(name: "cascade", meanOf: [mlp, compact, conditioned, cnn])
    network.stages = [
      CascadeStage(memberCount: 1, below: 0.13), CascadeStage(memberCount: 2, below: 0.5),
      CascadeStage(memberCount: 1),
    ]
    return network
  }()

  static let all = [
    mlp, cnn, compact, unfused, conditioned, conditionedVectors, wide, curved, odd, padded, shifted,
    ensemble, cascade,
  ]

  private static func network(
    _ name: String, mean: Float = 0, deviation: Float = 1,
    conditioning: Conditioning = .none, _ layers: [Layer]
  ) -> Network {
    var input = Network.Input()
    input.mean = mean
    input.standardDeviation = deviation
    input.conditioning = conditioning
    return Network(name: name, input: input, layers: layers)
  }

  /// Dense layers, the first of which reads images of this many rows and columns.
  static func square(_ side: Int) throws -> Model {
    var network = network(
      "square",
      [
        .flatten, .dense(Dense(units: 50, activation: .relu)),
        .dense(Dense(units: 10, activation: .softmax)),
      ])
    (network.input.height, network.input.width) = (side, side)
    return try model(network)
  }

  /// Weights of repeatable noise, of about the size that keeps values near one.
  static func model(_ network: Network) throws -> Model {
    var tensors: [String: Tensor] = [:]
    for (index, requirement) in try network.tensorRequirements().enumerated() {
      let fanIn = max(1, requirement.count / (requirement.shape.last ?? 1))
      let isWeight = requirement.name.hasSuffix("weight")
      let scale: Float = isWeight ? (3 / Float(fanIn)).squareRoot() : 0.5
      var values = noise(requirement.count, seed: UInt32(index + 1)).map { $0 * scale }
      if requirement.name.hasSuffix("variance") { values = values.map { abs($0) + 0.5 } }
      tensors[requirement.name] = Tensor(shape: requirement.shape, values: values)
    }
    return Model(network: network, tensors: tensors, metadata: ["made": "for a test"])
  }

  /// Bytes of ink: noise with dark parts on blank ground, as digits have. Every fifth image is
  /// all blank.
  static func pixels(images: Int, side: Int = 28) -> [UInt8] {
    noise(images * side * side, seed: 99).enumerated().map { index, value in
      let (image, y, x) = (index / (side * side), index / side % side, index % side)
      let margin = [side / 9, side / 5, 0, side / 2, side / 4][image % 5]
      let inside = margin..<side - margin
      return inside.contains(y) && inside.contains(x) ? UInt8(max(0, value) * 255) : 0
    }
  }
}

/// Repeatable values in −1…1 (a linear congruential generator, Numerical Recipes).
func noise(_ count: Int, seed: UInt32) -> [Float] {
  var state = seed &* 2_654_435_761 &+ 1
  return (0..<count).map { _ in
    state = state &* 1_664_525 &+ 1_013_904_223
    return Float(state >> 8) / Float(1 << 23) - 1
  }
}

func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
  precondition(a.count == b.count)
  return zip(a, b).reduce(0) { worst, pair in
    let distance = abs(pair.0 - pair.1)
    return distance.isNaN ? .infinity : max(worst, distance)
  }
}
