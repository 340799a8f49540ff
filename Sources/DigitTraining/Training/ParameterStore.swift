import DigitModel

/// All that a network has learnt, in two flat buffers, so that optimisers need not know layers.
final class ParameterStore {
  let network: TrainableNetwork
  let parameters: FlatBuffer
  /// Running statistics of batch normalization.
  let statistics: FlatBuffer
  /// 1 for each parameter that weight decay pulls, 0 for norms and biases.
  let decays: FlatBuffer

  /// How much of the old running statistics a step keeps.
  private static let statisticsMomentum: Float = 0.9

  init(_ network: TrainableNetwork) {
    self.network = network
    parameters = FlatBuffer(count: network.parameterCount)
    statistics = FlatBuffer(count: network.statisticsCount)
    decays = FlatBuffer(count: network.parameterCount)
    var next = decays.pointer
    for tensor in network.steps.flatMap(\.pass.parameters) {
      if case .weights = tensor.start { next.update(repeating: 1, count: tensor.count) }
      next += tensor.count
    }
  }

  /// Becomes what `other` is.
  func copy(_ other: ParameterStore) {
    parameters.copy(other.parameters)
    statistics.copy(other.statistics)
  }

  /// Fills every tensor with its start, drawing in the order of the layers.
  func initialize(_ initialization: Initialization, seed: UInt64) {
    var random = RandomSource(seed: RandomSource.seed(seed, 0))
    forEachTensor { tensor, _, values in
      switch tensor.start {
      case .zeros: values.update(repeating: 0)
      case .ones: values.update(repeating: 1)
      case .weights(let fanIn, let fanOut):
        let limit = initialization.limit(fanIn: fanIn, fanOut: fanOut)
        for index in values.indices { values[index] = random.float(within: limit) }
      }
    }
  }

  /// Moves the running statistics towards the mean of the shards', in the order of the shards.
  func mergeStatistics(_ shards: [UnsafeMutablePointer<Float>]) {
    let weight = (1 - Self.statisticsMomentum) / Float(shards.count)
    for index in 0..<statistics.count {
      statistics.pointer[index] *= Self.statisticsMomentum
      for shard in shards { statistics.pointer[index] += shard[index] * weight }
    }
  }

  /// The model as files and plans take it.
  func model() -> Model {
    var tensors: [String: Tensor] = [:]
    forEachTensor { tensor, name, values in
      tensors[name] = Tensor(shape: tensor.shape, values: Array(values))
    }
    return Model(network: network.network, tensors: tensors)
  }

  /// Takes over the tensors of a model of the same network.
  func load(_ model: Model) {
    precondition(model.network.layers == network.network.layers)
    forEachTensor { tensor, name, values in
      guard let source = model.tensors[name], source.shape == tensor.shape else {
        preconditionFailure("the model lacks \(name)")
      }
      for index in values.indices { values[index] = source.values[index] }
    }
  }

  private func forEachTensor(
    _ body: (ParameterTensor, _ name: String, UnsafeMutableBufferPointer<Float>) -> Void
  ) {
    for step in network.steps {
      let buffers = [
        (step.pass.parameters, parameters.pointer + step.parameterOffset),
        (step.pass.statistics, statistics.pointer + step.statisticsOffset),
      ]
      for (tensors, start) in buffers {
        var pointer = start
        for tensor in tensors {
          body(
            tensor, "layers.\(step.layer).\(tensor.name)",
            UnsafeMutableBufferPointer(start: pointer, count: tensor.count))
          pointer += tensor.count
        }
      }
    }
  }
}
