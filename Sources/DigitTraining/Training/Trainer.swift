import DigitFiles
import DigitModel

/// Trains one network: data-parallel over threads, all memory taken before the first step.
///
/// The same images, recipe, seed and number of threads give the same weights, bit for bit, on the
/// same kind of processor: every image draws from a seed of its own, and the shards' gradients
/// are added in the order of the shards. A checkpoint in between changes nothing.
package final class Trainer {
  package let network: TrainableNetwork
  package let recipe: Recipe
  let seed: UInt64
  let state: LearntState
  let shards: [Shard]
  var position = TrainingPosition()
  private let loader: BatchLoader
  private let lessons: [Lesson]

  /// - Parameters:
  ///   - threads: how many shards a batch is cut into; more than images in a batch are not used.
  ///   - teacher: whose opinion counts as much as the recipe says.
  package init(
    _ network: Network, recipe: Recipe, seed: UInt64, threads: Int, teacher: Teacher? = nil
  ) throws(TrainingError) {
    precondition(recipe.batch > 0 && recipe.epochs > 0 && threads > 0)
    guard (recipe.teacherWeight > 0) == (teacher != nil) else {
      throw .teacher("a teacher and a weight above 0 belong together")
    }
    self.network = try TrainableNetwork(network)
    self.recipe = recipe
    self.seed = seed
    let shardCount = min(threads, recipe.batch)
    let imageCountMax = (recipe.batch + shardCount - 1) / shardCount
    state = LearntState(self.network, recipe: recipe, seed: seed)
    shards = (0..<shardCount).map { [network = self.network] _ in
      Shard(network, imageCountMax: imageCountMax)
    }
    loader = BatchLoader(network, recipe: recipe)
    lessons =
      teacher.map { teacher in
        (0..<shardCount).map { _ in Lesson(teacher, imageCountMax: imageCountMax) }
      } ?? []
  }

  /// The network with its present weights: their running average where the recipe has one.
  package var model: Model { state.result.model() }

  /// Into how many shards a batch is cut.
  package var threads: Int { shards.count }

  package var isFinished: Bool { position.epoch > recipe.epochs }

  /// Begins from the weights of a model of the same network instead of from chance.
  package func start(from model: Model) {
    precondition(state.step == 0, "training has begun already")
    state.store.load(model)
    state.average?.copy(state.store)
  }

  /// Trains for all epochs of the recipe that are left.
  /// - Parameters:
  ///   - validation: images to measure after every epoch; they change nothing.
  ///   - shouldStop: asked before every step; where it says so, training returns unfinished.
  ///   - report: called after every epoch, and now and then within.
  package func train(
    on set: TrainingSet, validation: TrainingSet? = nil, shouldStop: () -> Bool = { false },
    report: (TrainingProgress) -> Void = { _ in }
  ) throws(TrainingError) -> TrainingLog {
    try requireFit(set.images)
    guard set.count > 0 else { throw .noImages }
    while !isFinished {
      guard var record = try trainEpoch(on: set.images, shouldStop: shouldStop, report: report)
      else { break }
      if let validation {
        let totals = try evaluate(validation.images)
        record.validationLoss = totals.meanLoss
        record.validationAccuracy = totals.accuracy
      }
      var log = position.log
      log.epochs.append(record)
      position = TrainingPosition(epoch: position.epoch + 1, log: log)
      report(.finished(record))
    }
    return position.log
  }

  /// The loss and accuracy of the present model, without dropout or augmentation.
  package func evaluate(_ images: ImageSet) throws(TrainingError) -> Totals {
    try requireFit(images)
    var totals = Totals()
    let order = Array(0..<images.count)
    for start in stride(from: 0, to: images.count, by: recipe.batch) {
      let batch = order[start..<min(start + recipe.batch, images.count)]
      inParallel { shard, index in
        let share = part(index, of: batch)
        loader.loadPlain(share, of: images, into: shard)
        shard.forward(imageCount: share.count, from: state.result, isTraining: false)
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
  /// What an epoch's steps have in common.
  private struct Epoch {
    var images: ImageSet
    var seed: UInt64
    var order: [Int]
    var loader: ImageLoader
  }

  /// Trains to the end of the epoch under way; nil where it was stopped before.
  private func trainEpoch(
    on images: ImageSet, shouldStop: () -> Bool, report: (TrainingProgress) -> Void
  ) throws(TrainingError) -> EpochRecord? {
    let start = ContinuousClock.now - .seconds(position.seconds)
    let epoch = epoch(position.epoch, of: images)
    let stepsPerEpoch = (images.count + recipe.batch - 1) / recipe.batch
    var learningRate = 0.0
    while position.step < stepsPerEpoch {
      guard !shouldStop() else {
        position.seconds = (ContinuousClock.now - start) / .seconds(1)
        return nil
      }
      let progress = Double(state.step) / Double(stepsPerEpoch * recipe.epochs)
      learningRate = recipe.learningRate * recipe.schedule.factor(progress: progress)
      let first = position.step * recipe.batch
      let batch = epoch.order[first..<min(first + recipe.batch, images.count)]
      trainStep(batch, of: epoch, learningRate: Float(learningRate))
      for shard in shards { position.totals.add(shard.totals) }
      position.step += 1
      guard position.totals.loss.isFinite else {
        throw .diverged(epoch: position.epoch, step: position.step)
      }
      if position.step % 50 == 1 {
        report(
          .within(
            epoch: position.epoch, totals: position.totals,
            elapsed: ContinuousClock.now - start))
      }
    }
    return EpochRecord(
      epoch: position.epoch, learningRate: learningRate, trainingLoss: position.totals.meanLoss,
      trainingAccuracy: position.totals.accuracy,
      seconds: (ContinuousClock.now - start) / .seconds(1), imageCount: images.count)
  }

  private func epoch(_ number: Int, of images: ImageSet) -> Epoch {
    let epochSeed = RandomSource.seed(seed, 1, UInt64(number))
    var random = RandomSource(seed: epochSeed)
    return Epoch(
      images: images, seed: epochSeed, order: random.shuffledIndices(images.count),
      loader: ImageLoader(
        input: network.network.input, augmentation: recipe.augmentation(inEpoch: number)))
  }

  private func trainStep(_ batch: ArraySlice<Int>, of epoch: Epoch, learningRate: Float) {
    let scale = 1 / Float(batch.count)
    let isHard = loader.targets.isHard
    inParallel { shard, index in
      let share = part(index, of: batch)
      loader.loadAugmented(
        share, of: epoch.images, by: epoch.loader, epochSeed: epoch.seed,
        teacher: lessons.isEmpty ? nil : lessons[index], into: shard)
      shard.forward(imageCount: share.count, from: state.store, isTraining: true)
      shard.evaluate(imageCount: share.count, gradientScale: scale, isHard: isHard)
      shard.backward(imageCount: share.count, from: state.store)
    }
    // A last small batch may leave shards without images, and so without statistics.
    state.advance(
      shards: shards, active: min(shards.count, batch.count), learningRate: learningRate)
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
}
