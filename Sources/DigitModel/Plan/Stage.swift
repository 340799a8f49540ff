import DigitKernels

/// One step of a network after simplification, before memory is laid out: what a plan computes,
/// still as plain values.
enum Stage {
  case product(Product)
  case pooling(Pooling)
  /// x × scale + shift for each channel.
  case scaling(scale: [Float], shift: [Float])
  case curve(Curve)
  case flatten
  /// Floats to quantised numbers.
  case quantizing(NarrowFormat)

  /// A convolution or a dense layer with all that is fused into it.
  struct Product {
    /// Nil for a dense layer.
    var convolution: Convolution?
    /// [depth, columns], depth being kernel × kernel × in or in.
    var weights: [Float]
    var bias: [Float]
    var rectifies = false
    /// The maximum over 2 × 2 windows, two apart.
    var poolsByTwo = false
    /// Where it multiplies quantised numbers: the format of its input and of its result, the
    /// latter nil for floats.
    var formats: (input: NarrowFormat, output: NarrowFormat?)?

    var columns: Int { bias.count }
    var depth: Int { weights.count / columns }
    var isLinear: Bool { !rectifies && !poolsByTwo }
    /// Whether zero input gives zero output.
    var keepsZeros: Bool { convolution != nil && bias.allSatisfy { $0 == 0 } }
    /// Whether an element of zero adds nothing to a sum: zero times infinity would.
    var zerosMayBeSkipped: Bool {
      guard let formats else { return hasFiniteWeights }
      return formats.input.quantization.zeroPoint == 0
    }
    var hasFiniteWeights: Bool { weights.allSatisfy(\.isFinite) }
  }

  var isFlatten: Bool {
    if case .flatten = self { true } else { false }
  }

  var isQuantizedProduct: Bool {
    if case .product(let product) = self { product.formats != nil } else { false }
  }
}

/// How scores become probabilities.
enum Ending {
  case softmax
  /// p / Σp, the scores being sigmoids already.
  case normalize
}

extension Model {
  /// The layers with norms folded, dropout gone, and activations and pooling fused where they can
  /// be; and how the last one ends.
  func stages() throws(ModelError) -> (stages: [Stage], ending: Ending) {
    try validate()
    var stages: [Stage] = []
    var ending: Ending?
    for index in network.layers.indices {
      ending = nil
      switch network.layers[index] {
      case .convolution(let convolution):
        stages.append(.product(product(layer: index, convolution)))
      case .dense: stages.append(.product(product(layer: index, nil)))
      case .batchNormalization(let epsilon): appendNorm(index, epsilon, to: &stages)
      case .pooling(let pooling): append(pooling, to: &stages)
      case .dropout: break
      case .flatten: stages.append(.flatten)
      case .activation: break
      }
      if let activation = network.layers[index].activation {
        ending = append(activation, to: &stages)
      }
    }
    guard let ending, case .vector = (try? network.shapes().last) else {
      throw .noProbabilities
    }
    moveBiasesOn(in: &stages)
    return (stages, ending)
  }

  private func product(layer index: Int, _ convolution: Convolution?) -> Stage.Product {
    Stage.Product(
      convolution: convolution, weights: tensor(layer: index, "weight").values,
      bias: tensor(layer: index, "bias").values)
  }

  private func appendNorm(_ index: Int, _ epsilon: Float, to stages: inout [Stage]) {
    let tensors = ["gamma", "beta", "mean", "variance"].map { name in
      tensor(layer: index, name).values.map(Double.init)
    }
    let scale = zip(tensors[0], tensors[3]).map { $0 / ($1 + Double(epsilon)).squareRoot() }
    let shift = scale.indices.map { tensors[1][$0] - tensors[2][$0] * scale[$0] }
    if case .product(var product) = stages.last, product.isLinear {
      product.fold(scale: scale, shift: shift)
      stages[stages.count - 1] = .product(product)
    } else {
      stages.append(.scaling(scale: scale.map(Float.init), shift: shift.map(Float.init)))
    }
  }
}

extension Stage.Product {
  fileprivate mutating func fold(scale: [Double], shift: [Double]) {
    let columns = columns
    for index in weights.indices {
      weights[index] = Float(Double(weights[index]) * scale[index % columns])
    }
    for index in bias.indices {
      bias[index] = Float(Double(bias[index]) * scale[index] + shift[index])
    }
  }
}

/// Moves the bias of a linear convolution into the dense layer that follows, by way of its weights.
/// What an image without ink comes to is then zero, and most of an image is without ink: a dense
/// layer passes over zeros.
private func moveBiasesOn(in stages: inout [Stage]) {
  for index in stages.indices.dropFirst(2) {
    guard case .product(var dense) = stages[index], dense.convolution == nil,
      case .flatten = stages[index - 1], case .product(var source) = stages[index - 2],
      source.convolution != nil, !source.rectifies
    else { continue }
    dense.addBias(source.bias)
    source.bias = Array(repeating: 0, count: source.columns)
    (stages[index - 2], stages[index]) = (.product(source), .product(dense))
  }
}

extension Stage.Product {
  /// As if these were added to every pixel's channels of what the dense layer reads.
  fileprivate mutating func addBias(_ channels: [Float]) {
    let columns = columns
    var sums = bias.map(Double.init)
    for index in weights.indices {
      let channel = index / columns % channels.count
      sums[index % columns] += Double(weights[index]) * Double(channels[channel])
    }
    bias = sums.map(Float.init)
  }
}

/// Returns how the network ends if this activation is its last.
private func append(_ activation: Activation, to stages: inout [Stage]) -> Ending? {
  switch activation {
  case .linear: return nil
  case .softmax: return .softmax
  case .relu:
    // The maximum of rectified values is the rectified maximum: pooling may come first.
    if case .product(var product) = stages.last, !product.rectifies {
      product.rectifies = true
      stages[stages.count - 1] = .product(product)
    } else {
      stages.append(.curve(.relu))
    }
    return nil
  case .tanh:
    stages.append(.curve(.tanh))
    return nil
  case .sigmoid:
    stages.append(.curve(.sigmoid))
    return .normalize
  }
}

private func append(_ pooling: Pooling, to stages: inout [Stage]) {
  // Curves rise, so that the maximum may be taken before them. It then costs a quarter.
  let producer = stages.lastIndex { stage in
    if case .curve = stage { return false }
    return true
  }
  if pooling == Pooling(.maximum, size: 2), let producer,
    case .product(var product) = stages[producer], product.convolution != nil,
    !product.poolsByTwo
  {
    product.poolsByTwo = true
    stages[producer] = .product(product)
  } else {
    stages.append(.pooling(pooling))
  }
}
