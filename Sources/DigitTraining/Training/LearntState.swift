/// All that a step changes: the parameters, what the optimiser keeps, and the running average.
final class LearntState {
  let store: ParameterStore
  /// The running average of parameters and statistics; nil where the recipe has none.
  let average: ParameterStore?
  let optimizerState: [FlatBuffer]
  /// Steps taken.
  var step = 0
  private let optimizer: any Optimizer
  private let averaging: Float

  init(_ network: TrainableNetwork, recipe: Recipe, seed: UInt64) {
    store = ParameterStore(network)
    store.initialize(recipe.initialization, seed: seed)
    let optimizer = recipe.optimizer.optimizer
    self.optimizer = optimizer
    averaging = recipe.averaging
    optimizerState = (0..<optimizer.stateCount).map { [store] _ in
      FlatBuffer(count: store.parameters.count)
    }
    average = averaging > 0 ? ParameterStore(network) : nil
    average?.copy(store)
  }

  /// What is measured and written to files.
  var result: ParameterStore { average ?? store }

  /// The buffers that make the state, in a fixed order.
  var buffers: [FlatBuffer] {
    [store.parameters, store.statistics] + optimizerState
      + (average.map { [$0.parameters, $0.statistics] } ?? [])
  }

  /// Takes a step with the shards' gradients, which are added in the order of the shards.
  /// - Parameter active: the shards that had images, and so have statistics.
  func advance(shards: [Shard], active: Int, learningRate: Float) {
    step += 1
    if store.statistics.count > 0 {
      store.mergeStatistics(shards.prefix(active).map(\.statistics.pointer))
      if let average {
        blend(
          store.statistics.pointer, into: average.statistics.pointer,
          count: store.statistics.count)
      }
    }
    concurrently(shards.count) { part in
      let bound = { FlatBuffer.aligned($0 * self.store.parameters.count / shards.count) }
      let end = min(bound(part + 1), store.parameters.count)
      if bound(part) < end { update(bound(part)..<end, shards, learningRate: learningRate) }
    }
  }

  private func update(_ range: Range<Int>, _ shards: [Shard], learningRate: Float) {
    let start = range.lowerBound
    let sum = shards[0].gradient.pointer + start
    for shard in shards.dropFirst() {
      addRows(shard.gradient.pointer + start, count: 1, to: sum, width: range.count)
    }
    let parameters = store.parameters.pointer + start
    optimizer.update(
      OptimizerSlice(
        count: range.count, parameters: parameters, gradient: sum,
        state: optimizerState.map { $0.pointer + start }, decays: store.decays.pointer + start),
      step: step, learningRate: learningRate)
    if let average {
      blend(parameters, into: average.parameters.pointer + start, count: range.count)
    }
  }

  /// Moves the average a little. It follows closely at first, so that it forgets the start.
  private func blend(
    _ values: UnsafePointer<Float>, into average: UnsafeMutablePointer<Float>, count: Int
  ) {
    let fraction = 1 - min(averaging, Float(step) / Float(step + 10))
    for index in 0..<count { average[index] += (values[index] - average[index]) * fraction }
  }
}
