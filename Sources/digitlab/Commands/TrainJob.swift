import Arguments
import DigitFiles
import DigitModel
import DigitTraining
import Foundation

/// `digitlab train`: learns from the 60,000 and writes the model with its card.
struct TrainJob: Job {
  let options: TrainOptions

  func run() throws {
    let architecture = options.architecture.architecture
    let recipe = options.recipe()
    let threads = options.threads ?? ProcessInfo.processInfo.activeProcessorCount
    let folder = DataFolder(options.data)
    let (training, validation) = try split(try folder.trainingSet())
    let trainer = try Trainer(
      architecture.network, recipe: recipe, seed: options.seed, threads: threads,
      teacher: try teacher(of: architecture.network))

    let name = options.name ?? architecture.name
    try FileManager.default.createDirectory(
      atPath: options.out, withIntermediateDirectories: true)
    let checkpoint = CheckpointFile(path: "\(options.out)/\(name).checkpoint")
    if options.resume { try checkpoint.resume(trainer, on: training) }

    say(
      "Training \(architecture.name): \(training.count) images, \(recipe.epochs) epochs, "
        + "\(threads) threads, seed \(options.seed)")
    let log = try train(trainer, on: training, validation, checkpoint)

    let weights = "\(options.out)/\(name).safetensors"
    try trainer.model.write(to: weights)
    // Settings are chosen by validation, and the test set must not tell which to choose.
    let test = validation == nil ? try test(weights, folder) : nil
    let card = ModelCard(
      name: name, architecture: architecture.name,
      parameterCount: trainer.network.parameterCount, recipe: recipe, seed: options.seed,
      threads: threads, trainingImageCount: training.count, dataSHA256: try folder.sums(),
      test: test, lastTrainingLoss: log.epochs.last?.trainingLoss ?? .nan,
      trainingSeconds: log.seconds, machine: .current,
      weightsSHA256: SHA256.hexDigest(of: try Data(contentsOf: URL(filePath: weights))),
      command: options.command(recipe, threads: threads))
    try writeAtomically(try card.json, to: "\(options.out)/\(name).json")
    if let path = options.log { try writeAtomically(Data(log.csv.utf8), to: path) }
    checkpoint.remove()
    if let test { say("Test: \(test)") }
    say("Wrote \(weights) and \(options.out)/\(name).json")
  }

  /// Trains to the end, with a checkpoint after every epoch and where someone interrupts.
  private func train(
    _ trainer: Trainer, on training: TrainingSet, _ validation: TrainingSet?,
    _ checkpoint: CheckpointFile
  ) throws -> TrainingLog {
    let interruption = Interruption()
    interruption.watch()
    let progress = ProgressLine(
      epochs: trainer.recipe.epochs, imagesPerEpoch: training.count)
    let log = try trainer.train(
      on: training, validation: validation, shouldStop: { interruption.isAsked },
      report: { report in
        progress.show(report)
        guard case .finished = report, !trainer.isFinished else { return }
        do {
          try checkpoint.write(trainer.checkpoint(on: training))
        } catch {
          say("No checkpoint of this epoch: \(error)")
        }
      })
    guard trainer.isFinished else {
      let stand = trainer.checkpoint(on: training)
      try checkpoint.write(stand)
      throw Failure(
        "interrupted in epoch \(stand.epoch) of \(trainer.recipe.epochs), and saved. To go on:\n"
          + "  \(options.resumingCommand(trainer.recipe, threads: trainer.threads))")
    }
    return log
  }

  private func teacher(of network: Network) throws -> Teacher? {
    guard !options.teachers.isEmpty else { return nil }
    return try Teacher(try options.teachers.map { try Model(contentsOf: $0) }, of: network)
  }

  /// Measured on the file as written, by the engine that serves.
  private func test(_ weights: String, _ folder: DataFolder) throws -> TestResult {
    let images = try folder.testImages()
    let plan = try Plan(try Model(contentsOf: weights))
    return TestResult(
      Evaluation(probabilities: try plan.probabilities(of: images), labels: images.labels))
  }

  /// The images to learn from, and those held out by the fold or the seed.
  private func split(_ all: TrainingSet) throws -> (TrainingSet, TrainingSet?) {
    let limited = options.trainLimit.map(all.prefix) ?? all
    if let fold = options.fold {
      guard options.validation == 0, fold.count <= limited.count else {
        throw Failure(
          "--fold: expected no --validation beside it, and at most \(limited.count) parts")
      }
      return fold.split(limited)
    }
    guard options.validation > 0 else { return (limited, nil) }
    guard options.validation < limited.count else {
      throw Failure(
        "--validation: expected less than the \(limited.count) training images, "
          + "got \(options.validation)")
    }
    var random = RandomSource(seed: RandomSource.seed(options.seed, 2))
    let order = random.shuffledIndices(limited.count)
    return (
      limited.subset(order.dropFirst(options.validation).sorted()),
      limited.subset(order.prefix(options.validation).sorted())
    )
  }
}
