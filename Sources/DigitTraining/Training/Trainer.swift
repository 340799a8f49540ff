import DigitFiles
import DigitModel

/// Trains one network: data-parallel over threads, all memory taken before the first step.
///
/// The same images, recipe, seed and number of threads give the same weights, bit for bit, on the
/// same kind of processor: every image draws from a seed of its own, and the shards' gradients
/// are added in the order of the shards.
package final class Trainer {
  package let network: TrainableNetwork
  package let recipe: Recipe
  private let seed: UInt64
  private let store: ParameterStore
  private let shards: [Shard]
  private let loader: ImageLoader
  private let optimizerState: [FlatBuffer]
  private var step = 0

  /// - Parameter threads: how many shards a batch is cut into; more than images in a batch are
  ///   not used.
  package init(
    _ network: Network, recipe: Recipe, seed: UInt64, threads: Int
  ) throws(TrainingError) {
    precondition(recipe.batch > 0 && recipe.epochs > 0 && threads > 0)
    self.network = try TrainableNetwork(network)
    self.recipe = recipe
    self.seed = seed
    let shardCount = min(threads, recipe.batch)
    let imageCountMax = (recipe.batch + shardCount - 1) / shardCount
    store = ParameterStore(self.network)
    store.initialize(recipe.initialization, seed: seed)
    shards = (0..<shardCount).map { [network = self.network] _ in
      Shard(network, imageCountMax: imageCountMax)
    }
    loader = ImageLoader(input: network.input, augmentation: recipe.augmentation)
    optimizerState = (0..<recipe.optimizer.stateCount).map { [store] _ in
      FlatBuffer(count: store.parameters.count)
    }
  }

  /// The network with its present weights.
  package var model: Model { store.model() }

  /// Trains for all epochs of the recipe.
  /// - Parameters:
  ///   - validation: images to measure after every epoch; they change nothing.
  ///   - report: called after every epoch, and now and then within.
  package func train(
    on set: TrainingSet, validation: TrainingSet? = nil,
    report: (TrainingProgress) -> Void = { _ in }
  ) throws(TrainingError) -> TrainingLog {
    try requireFit(set.images)
    guard set.count > 0 else { throw .noImages }
    var log = TrainingLog()
    for epoch in 1...recipe.epochs {
      var record = try trainEpoch(epoch, on: set.images, report: report)
      if let validation {
        let totals = try evaluate(validation.images)
        record.validationLoss = totals.meanLoss
        record.validationAccuracy = totals.accuracy
      }
      log.epochs.append(record)
      report(.finished(record))
    }
    return log
  }

  /// The loss and accuracy of the present weights, without dropout or augmentation.
  package func evaluate(_ images: ImageSet) throws(TrainingError) -> Totals {
    try requireFit(images)
    var totals = Totals()
    let order = Array(0..<images.count)
    for start in stride(from: 0, to: images.count, by: recipe.batch) {
      let batch = order[start..<min(start + recipe.batch, images.count)]
      inParallel { shard, index in
        let share = part(index, of: batch)
        loadPlain(share, of: images, into: shard)
        shard.forward(imageCount: share.count, from: store, isTraining: false)
        shard.evaluate(imageCount: share.count, gradientScale: nil)
      }
      for shard in shards { totals.add(shard.totals) }
    }
    return totals
  }

  private func requireFit(_ images: ImageSet) throws(TrainingError) {
    let input = network.network.input
    guard images.rows == input.height, images.columns == input.width else {
      throw .wrongImageSize(
        expected: [input.height, input.width], got: [images.rows, images.columns])
    }
  }
}

// MARK: - Steps

extension Trainer {
  private func trainEpoch(
    _ epoch: Int, on images: ImageSet, report: (TrainingProgress) -> Void
  ) throws(TrainingError) -> EpochRecord {
    let start = ContinuousClock.now
    let epochSeed = RandomSource.seed(seed, 1, UInt64(epoch))
    var random = RandomSource(seed: epochSeed)
    let order = random.shuffledIndices(images.count)
    let stepsPerEpoch = (images.count + recipe.batch - 1) / recipe.batch
    var totals = Totals()
    var learningRate = 0.0
    for number in 0..<stepsPerEpoch {
      let progress = Double(step) / Double(stepsPerEpoch * recipe.epochs)
      learningRate = recipe.learningRate * recipe.schedule.factor(progress: progress)
      let first = number * recipe.batch
      let batch = order[first..<min(first + recipe.batch, images.count)]
      trainStep(batch, of: images, epochSeed: epochSeed, learningRate: Float(learningRate))
      for shard in shards { totals.add(shard.totals) }
      guard totals.loss.isFinite else { throw .diverged(epoch: epoch, step: number + 1) }
      if number % 50 == 0 {
        report(.within(epoch: epoch, totals: totals, elapsed: ContinuousClock.now - start))
      }
    }
    return EpochRecord(
      epoch: epoch, learningRate: learningRate, trainingLoss: totals.meanLoss,
      trainingAccuracy: totals.accuracy, seconds: (ContinuousClock.now - start) / .seconds(1),
      imageCount: images.count)
  }

  private func trainStep(
    _ batch: ArraySlice<Int>, of images: ImageSet, epochSeed: UInt64, learningRate: Float
  ) {
    let scale = 1 / Float(batch.count)
    inParallel { shard, index in
      let share = part(index, of: batch)
      loadAugmented(share, of: images, epochSeed: epochSeed, into: shard)
      shard.forward(imageCount: share.count, from: store, isTraining: true)
      shard.evaluate(imageCount: share.count, gradientScale: scale)
      shard.backward(imageCount: share.count, from: store)
    }
    step += 1
    // A last small batch may leave shards without images, and so without statistics.
    let active = shards.prefix(min(shards.count, batch.count))
    if network.statisticsCount > 0 { store.mergeStatistics(active.map(\.statistics.pointer)) }
    concurrently(shards.count) { updateSlice($0, learningRate: learningRate) }
  }

  /// Adds the shards' gradients over one stretch of the parameters, in order, and moves it.
  private func updateSlice(_ index: Int, learningRate: Float) {
    let bound = { FlatBuffer.aligned($0 * self.store.parameters.count / self.shards.count) }
    let start = bound(index)
    let count = min(bound(index + 1), store.parameters.count) - start
    guard count > 0 else { return }
    let sum = shards[0].gradient.pointer + start
    for shard in shards.dropFirst() {
      addRows(shard.gradient.pointer + start, count: 1, to: sum, width: count)
    }
    recipe.optimizer.update(
      OptimizerSlice(
        count: count, parameters: store.parameters.pointer + start, gradient: sum,
        state: optimizerState.map { $0.pointer + start }),
      step: step, learningRate: learningRate)
  }

  /// Runs `body` for every shard, each on a thread.
  private func inParallel(_ body: (Shard, Int) -> Void) {
    concurrently(shards.count) { body(shards[$0], $0) }
  }

  /// The shard's share of a batch; sizes differ by one image at most.
  private func part(_ index: Int, of batch: ArraySlice<Int>) -> ArraySlice<Int> {
    // The first shards take the images that are left over, so that none is empty before another.
    let (share, rest) = batch.count.quotientAndRemainder(dividingBy: shards.count)
    let start = batch.startIndex + index * share + min(index, rest)
    return batch[start..<start + share + (index < rest ? 1 : 0)]
  }

  private func loadPlain(_ part: ArraySlice<Int>, of images: ImageSet, into shard: Shard) {
    let size = images.pixelsPerImage
    images.pixels.withUnsafeBufferPointer { pixels in
      for (place, image) in part.enumerated() {
        loader.load(pixels.baseAddress! + image * size, into: shard.input + place * size)
        shard.labels[place] = Int(images.labels[image])
      }
    }
  }

  private func loadAugmented(
    _ part: ArraySlice<Int>, of images: ImageSet, epochSeed: UInt64, into shard: Shard
  ) {
    let size = images.pixelsPerImage
    images.pixels.withUnsafeBufferPointer { pixels in
      for (place, image) in part.enumerated() {
        let seed = RandomSource.seed(epochSeed, UInt64(image))
        loader.loadAugmented(
          pixels.baseAddress! + image * size, seed: seed, into: shard.input + place * size)
        shard.imageSeeds[place] = seed
        shard.labels[place] = Int(images.labels[image])
      }
    }
  }
}
