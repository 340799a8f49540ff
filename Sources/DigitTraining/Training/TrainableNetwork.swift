import DigitModel

/// A network as passes, and where each pass finds its numbers in the flat buffers.
package struct TrainableNetwork: Sendable {
  /// One pass and its part of the flat buffers.
  package struct Step: Sendable {
    package var pass: any LayerPass
    /// The index of its layer in `network.layers`.
    var layer: Int
    var parameterOffset: Int
    var statisticsOffset: Int
  }

  package let network: Network
  package let steps: [Step]
  package let loss: ClassificationLoss
  package let parameterCount: Int
  let statisticsCount: Int
  package let classCount: Int

  /// - Parameter fuses: whether layers that follow one another may become one pass.
  /// - Throws: `TrainingError.untrainable` where layers do not fit one another, or the last one
  ///   is neither softmax nor sigmoid.
  package init(_ network: Network, fuses: Bool = true) throws(TrainingError) {
    self.network = network
    var builder = Builder(
      shape: FeatureShape(height: network.input.height, width: network.input.width, channels: 1))
    let last = network.layers.count - 1
    var lastActivation = Activation.linear
    for (index, layer) in network.layers.enumerated() {
      if fuses, try builder.fuse(layer, at: index, before: network.layers.dropFirst(index + 1)) {
        continue
      }
      let activation = try builder.append(layer, at: index)
      guard index == last else {
        try builder.append(activation, at: index)
        continue
      }
      lastActivation = activation
    }
    switch lastActivation {
    case .softmax: loss = .softmax
    case .sigmoid: loss = .normalizedSigmoid
    case .linear, .relu, .tanh:
      throw .untrainable(
        layer: last,
        reason: "expected a last activation of softmax or sigmoid, "
          + "got \(lastActivation.rawValue)")
    }
    steps = builder.steps
    parameterCount = builder.parameterCount
    statisticsCount = builder.statisticsCount
    classCount = builder.shape.count
  }
}

/// Appends passes one by one, keeping the shape and the offsets that the next one begins with.
private struct Builder {
  var shape: FeatureShape
  var steps: [TrainableNetwork.Step] = []
  var parameterCount = 0
  var statisticsCount = 0

  /// The layer that is part of the pass before it already.
  var fusedLayer: Int?

  /// Appends a convolution as one pass with the ReLU and the pooling behind it, where there are
  /// any. Returns whether the layer is done with.
  mutating func fuse(
    _ layer: Layer, at index: Int, before rest: ArraySlice<Layer>
  ) throws(TrainingError) -> Bool {
    guard index != fusedLayer else { return true }
    guard case .convolution(let convolution) = layer,
      [.relu, .linear].contains(convolution.activation), let next = rest.first
    else { return false }
    try requireFit(convolution, at: index)
    let rectifies = convolution.activation == .relu
    if case .pooling(let pooling) = next, PooledConvolutionPass.canFuse(pooling) {
      let pass = PooledConvolutionPass(
        input: shape, convolution: convolution, rectifies: rectifies)
      guard pass.outputShape.pixelCount > 0 else { return false }
      append(pass, at: index)
      fusedLayer = index + 1
    } else {
      append(
        ConvolutionPass(input: shape, convolution: convolution, rectifies: rectifies), at: index)
    }
    return true
  }

  /// Appends a layer without its activation, and returns that.
  mutating func append(_ layer: Layer, at index: Int) throws(TrainingError) -> Activation {
    switch layer {
    case .convolution(let convolution):
      try requireFit(convolution, at: index)
      append(
        ConvolutionPass(input: shape, convolution: convolution, rectifies: false), at: index)
      return convolution.activation
    case .batchNormalization(let epsilon):
      append(BatchNormalizationPass(input: shape, epsilon: epsilon), at: index)
    case .pooling(let pooling):
      let smallest = min(shape.height, shape.width)
      try requireFit(pooling.size, into: smallest, stride: pooling.stride, at: index)
      append(PoolingPass(input: shape, pooling: pooling), at: index)
    case .dropout(let rate):
      guard (0..<1).contains(rate) else {
        throw .untrainable(layer: index, reason: "expected a dropout rate in 0..<1, got \(rate)")
      }
      append(DropoutPass(inputShape: shape, rate: rate, layer: index), at: index)
    case .flatten:
      shape = FeatureShape(height: 1, width: 1, channels: shape.count)
    case .dense(let dense):
      append(DensePass(input: shape, units: dense.units), at: index)
      return dense.activation
    case .activation(let activation):
      return activation
    }
    return .linear
  }

  mutating func append(_ activation: Activation, at index: Int) throws(TrainingError) {
    switch activation {
    case .linear: return
    case .relu, .tanh, .sigmoid:
      append(ActivationPass(inputShape: shape, function: activation), at: index)
    case .softmax:
      throw .untrainable(layer: index, reason: "softmax may only be the last activation")
    }
  }

  private mutating func append(_ pass: some LayerPass, at index: Int) {
    steps.append(
      TrainableNetwork.Step(
        pass: pass, layer: index, parameterOffset: parameterCount,
        statisticsOffset: statisticsCount))
    parameterCount += pass.parameters.reduce(0) { $0 + $1.count }
    statisticsCount += pass.statistics.reduce(0) { $0 + $1.count }
    shape = pass.outputShape
  }

  private func requireFit(
    _ convolution: Convolution, at index: Int
  ) throws(TrainingError) {
    let smallest = min(shape.height, shape.width) + 2 * convolution.padding
    try requireFit(convolution.kernel, into: smallest, stride: convolution.stride, at: index)
  }

  private func requireFit(
    _ window: Int, into size: Int, stride: Int, at index: Int
  ) throws(TrainingError) {
    guard window > 0, stride > 0, window <= size else {
      throw .untrainable(
        layer: index,
        reason: "expected a window of 1 to \(size) pixels and a stride of at least "
          + "1, got \(window) and \(stride)")
    }
  }
}
