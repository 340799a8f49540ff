import DigitModel

/// Per channel: y = γ · x̂ + β with x̂ = (x − mean) / √(variance + ε), the mean and variance taken
/// over the shard while training and from the running statistics afterwards (Ioffe and Szegedy,
/// ICML 2015). Each shard normalises by itself, so that shards never wait for one another.
///
///     dβ = Σ dy,  dγ = Σ dy · x̂,  dx = γ / √(variance + ε) · (dy − dβ/n − x̂ · dγ/n)
struct BatchNormalizationPass: LayerPass {
  let inputShape: FeatureShape
  var outputShape: FeatureShape { inputShape }
  let epsilon: Float
  private var channels: Int { inputShape.channels }

  init(input: FeatureShape, epsilon: Float) {
    inputShape = input
    self.epsilon = epsilon
  }

  var parameters: [ParameterTensor] {
    [
      ParameterTensor(name: "gamma", shape: [channels], start: .ones),
      ParameterTensor(name: "beta", shape: [channels], start: .zeros),
    ]
  }

  var statistics: [ParameterTensor] {
    [
      ParameterTensor(name: "mean", shape: [channels], start: .zeros),
      ParameterTensor(name: "variance", shape: [channels], start: .ones),
    ]
  }

  /// Mean, 1/√(variance + ε), and two scratch rows.
  func savedFloatCount(imageCount: Int) -> Int { 4 * channels }

  func forward(_ call: ForwardCall) {
    let (mean, inverseDeviation) = (call.saved, call.saved + channels)
    switch call.mode {
    case .inference:
      mean.update(from: call.statistics, count: channels)
      setInverseDeviation(inverseDeviation, variance: call.statistics + channels)
    case .training:
      gatherStatistics(call)
      mean.update(from: call.shardStatistics, count: channels)
      setInverseDeviation(inverseDeviation, variance: call.shardStatistics + channels)
    }
    let (gamma, beta) = (call.parameters, call.parameters + channels)
    for row in 0..<call.imageCount * inputShape.pixelCount {
      let (x, y) = (call.input + row * channels, call.output + row * channels)
      for c in 0..<channels {
        y[c] = (x[c] - mean[c]) * inverseDeviation[c] * gamma[c] + beta[c]
      }
    }
  }

  func backward(_ call: BackwardCall) {
    let rowCount = call.imageCount * inputShape.pixelCount
    let (mean, inverseDeviation) = (call.saved, call.saved + channels)
    let (gammaSum, betaSum) = (call.saved + 2 * channels, call.saved + 3 * channels)
    gammaSum.update(repeating: 0, count: 2 * channels)
    for row in 0..<rowCount {
      let (x, dy) = (call.input + row * channels, call.outputGradient + row * channels)
      for c in 0..<channels {
        gammaSum[c] += dy[c] * (x[c] - mean[c]) * inverseDeviation[c]
        betaSum[c] += dy[c]
      }
    }
    addRows(gammaSum, count: 1, to: call.parameterGradient, width: 2 * channels)
    guard let inputGradient = call.inputGradient else { return }
    let weight = 1 / Float(rowCount)
    for row in 0..<rowCount {
      let (x, dy) = (call.input + row * channels, call.outputGradient + row * channels)
      let dx = inputGradient + row * channels
      for c in 0..<channels {
        let normalized = (x[c] - mean[c]) * inverseDeviation[c]
        let centred = dy[c] - betaSum[c] * weight - normalized * gammaSum[c] * weight
        dx[c] = call.parameters[c] * inverseDeviation[c] * centred
      }
    }
  }

  /// The shard's mean and variance, in two sweeps: the difference of squares would lose figures.
  private func gatherStatistics(_ call: ForwardCall) {
    let rowCount = call.imageCount * inputShape.pixelCount
    let weight = 1 / Float(rowCount)
    let (mean, variance) = (call.shardStatistics, call.shardStatistics + channels)
    mean.update(repeating: 0, count: 2 * channels)
    addRows(call.input, count: rowCount, to: mean, width: channels)
    for c in 0..<channels { mean[c] *= weight }
    for row in 0..<rowCount {
      let x = call.input + row * channels
      for c in 0..<channels { variance[c] += (x[c] - mean[c]) * (x[c] - mean[c]) }
    }
    for c in 0..<channels { variance[c] *= weight }
  }

  private func setInverseDeviation(
    _ target: UnsafeMutablePointer<Float>, variance: UnsafePointer<Float>
  ) {
    for c in 0..<channels { target[c] = 1 / (variance[c] + epsilon).squareRoot() }
  }
}
