import DigitKernels

extension Model {
  /// Probabilities of one image, layer by layer through the reference kernels: the specification
  /// of `Plan`, thousands of times slower.
  ///
  /// - Parameter ink: height × width floats, 0…1.
  /// - Precondition: the model is valid.
  package func evaluateReference(_ ink: [Float]) -> [Float] {
    guard network.members.isEmpty else {
      let members = memberModels
      var answer: [Float] = []
      for turn in network.turns {
        answer = mean(members[turn.members].map { $0.evaluateReference(ink) })
        guard let below = turn.below, answer.max()! < below else { break }
      }
      return answer
    }
    let input = network.input
    var map = ReferenceMap(
      height: input.height, width: input.width, channels: 1,
      values: input.conditioned(ink).map { ($0 - input.mean) / input.standardDeviation })
    for (index, layer) in network.layers.enumerated() {
      map = apply(layer, at: index, to: map)
      map.values = apply(layer.activation ?? .linear, map.values)
    }
    let endsInSigmoid = network.layers.last { $0.activation != nil }?.activation == .sigmoid
    return endsInSigmoid ? Reference.normalize(map.values) : map.values
  }

  private func mean(_ all: [[Float]]) -> [Float] {
    all[0].indices.map { index in all.reduce(0) { $0 + $1[index] } / Float(all.count) }
  }

  private func apply(_ layer: Layer, at index: Int, to map: ReferenceMap) -> ReferenceMap {
    let values = { (name: String) in tensor(layer: index, name).values }
    var result = map
    switch layer {
    case .convolution(let convolution):
      return Reference.convolve(
        map, weights: values("weight"), bias: values("bias"),
        (convolution.kernel, convolution.stride, convolution.padding))
    case .batchNormalization(let epsilon):
      result.values = Reference.normalizeBatch(
        map.values, gamma: values("gamma"), beta: values("beta"), mean: values("mean"),
        variance: values("variance"), epsilon: epsilon)
    case .pooling(let pooling):
      return Reference.pool(
        map, size: pooling.size, stride: pooling.stride, averages: pooling.kind == .average)
    case .flatten: return vector(map.values)
    case .dense:
      return vector(
        Reference.dense(map.values, weights: values("weight"), bias: values("bias")))
    case .dropout, .activation: break
    }
    return result
  }

  private func vector(_ values: [Float]) -> ReferenceMap {
    ReferenceMap(height: 1, width: 1, channels: values.count, values: values)
  }

  private func apply(_ activation: Activation, _ values: [Float]) -> [Float] {
    switch activation {
    case .linear: values
    case .relu: Reference.apply(.relu, values)
    case .tanh: Reference.apply(.tanh, values)
    case .sigmoid: Reference.apply(.sigmoid, values)
    case .softmax: Reference.softmax(values)
    }
  }
}

extension Network.Input {
  /// - Parameter ink: height × width floats, 0…1.
  fileprivate func conditioned(_ ink: [Float]) -> [Float] {
    switch conditioning {
    case .none: return ink
    case .contrast:
      let line = ink.withUnsafeBytes {
        ContrastLine(floats: $0.baseAddress!, height: height, width: width)
      }
      return ink.map(line.apply)
    }
  }
}
