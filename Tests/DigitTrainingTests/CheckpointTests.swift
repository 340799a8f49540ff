import DigitFiles
import DigitModel
import DigitTraining
import Testing

/// All that a training can keep from one step to the next: norms, averages, two rows of state.
private let recipe: Recipe = {
  var recipe = Recipe(epochs: 3, batch: 32, learningRate: 0.01)
  recipe.optimizer = .adamW(AdamW(decay: 0.05))
  recipe.schedule = Schedule(.cosine, warmUp: 0.2)
  recipe.augmentation = Augmentation(rotationDegrees: 10, elasticPixels: 0.5)
  recipe.gentleEnd = 0.5
  recipe.labelSmoothing = 0.1
  recipe.averaging = 0.9
  return recipe
}()

private func trainer(
  _ recipe: Recipe = recipe, seed: UInt64 = 4, threads: Int = 2
) throws -> Trainer {
  try Trainer(everyLayer, recipe: recipe, seed: seed, threads: threads)
}

/// Trains, and stops before the step at `stop`.
private func train(_ trainer: Trainer, on set: TrainingSet, stop: Int = .max) throws -> TrainingLog
{
  var steps = 0
  return try trainer.train(
    on: set, validation: set.prefix(10),
    shouldStop: {
      steps += 1
      return steps > stop
    })
}

private func withoutTimes(_ log: TrainingLog) -> [EpochRecord] {
  log.epochs.map { record in
    var record = record
    record.seconds = 0
    return record
  }
}

// 100 images are four steps an epoch.
@Test(arguments: [0, 1, 3, 4, 5, 8, 11])
func `an interrupted training comes to the same weights`(stop: Int) throws {
  let set = try shippedTrainingSet().prefix(100)
  let whole = try trainer()
  let wholeLog = try train(whole, on: set)
  #expect(whole.isFinished)

  let first = try trainer()
  _ = try train(first, on: set, stop: stop)
  #expect(!first.isFinished)
  let bytes = try first.checkpoint(on: set).bytes()
  let second = try trainer()
  try second.resume(from: try Checkpoint(bytes: bytes), on: set)
  let log = try train(second, on: set)
  #expect(second.isFinished)
  #expect(second.model.tensors == whole.model.tensors)
  #expect(withoutTimes(log) == withoutTimes(wholeLog))
  #expect(
    try second.checkpoint(on: set).bytes().suffix(4_000).dropLast(4)
      == whole.checkpoint(on: set).bytes().suffix(4_000).dropLast(4))
}

@Test func `a checkpoint of another training is refused, and says what differs`() throws {
  let set = try shippedTrainingSet().prefix(64)
  let started = try trainer()
  _ = try train(started, on: set, stop: 1)
  let checkpoint = try Checkpoint(bytes: try started.checkpoint(on: set).bytes())
  var longer = recipe
  longer.epochs += 1
  let others: [(Trainer, TrainingSet, String)] = [
    (try trainer(longer), set, "recipe"), (try trainer(seed: 5), set, "seed"),
    (try trainer(threads: 1), set, "threads"),
    (try trainer(), set.subset((0..<64).reversed()), "training images"),
  ]
  for (other, images, what) in others {
    #expect {
      try other.resume(from: checkpoint, on: images)
    } throws: { error in
      guard case .mismatch(what, _, _) = error as? CheckpointError else { return false }
      return true
    }
  }
}

@Test func `a damaged or cut checkpoint is refused wherever the damage is`() throws {
  let set = try shippedTrainingSet().prefix(32)
  let bytes = try trainer().checkpoint(on: set).bytes()
  for offset in stride(from: 0, to: bytes.count, by: 97) {
    var damaged = bytes
    damaged[offset] ^= 0x10
    #expect(throws: CheckpointError.self) { try Checkpoint(bytes: damaged) }
    #expect(throws: CheckpointError.self) { try Checkpoint(bytes: Array(bytes[..<offset])) }
  }
}
