import Arguments
import DigitFiles
import DigitModel
import DigitTraining
import FileAccess
import Foundation
import PlainText
import ProgramShell

/// `digitlab train`: learns from labelled images and writes the model with its card.
struct TrainJob: Job {
  let options: TrainOptions

  func run() throws {
    let interruption = Interruption.watch()
    do {
      let card = try train(interruption)
      if let test = card.test { say("Test: \(test)") }
      say("Wrote \(options.files.weights) and \(options.files.card)".escaped)
    } catch let stop as TrainingRun.Interrupted {
      throw Failure(
        "\(stop). To continue: "
          + options.resumingCommand(options.recipe(), threads: options.threadCount))
    }
  }

  /// Trains, and writes the model and its card.
  func train(_ interruption: Interruption) throws -> ModelCard {
    let architecture = options.architecture.architecture
    let recipe = options.recipe()
    let folder = DataFolder(options.data)
    let files = options.files
    let early = "interrupted before the training of \(options.modelName) began".escaped
    let run = TrainingRun(
      network: architecture.network, recipe: recipe, seed: options.seed,
      threads: options.threadCount,
      teachers: try interruption.ending(with: early) {
        try options.teachers.map { try Model(contentsOf: $0) }
      }, path: files.path, interruption: interruption)
    if options.resume, !run.isBegun {
      throw Failure(
        "--resume: expected a checkpoint at \(run.checkpoint(of: 0).path), but there is none")
    }
    let check = {
      try TrainingFiles.check(
        files.standing(checkpoints: run.checkpoints), for: options.intent)
    }
    try check()
    let (training, validation) = try interruption.ending(with: early) {
      try split(try folder.trainingSet())
    }
    let lock = try files.lock()
    defer { withExtendedLifetime(lock) {} }
    // Another training may have ended while the images were read.
    try check()
    let result = try run.run(on: training, validation: validation, resumes: options.resume)
    let weights = files.weights
    try result.model.write(to: weights)
    let card = ModelCard(
      name: options.modelName, architecture: architecture.name,
      parameterCount: result.parameterCount, recipe: recipe, seed: options.seed,
      threads: options.threadCount, trainingImageCount: training.count,
      dataSHA256: try folder.sums(),
      // Settings are chosen by validation, and the test set must not tell which to choose.
      test: validation == nil
        ? try TestResult(of: try Plan(try Model(contentsOf: weights)), folder.testImages()) : nil,
      heldOut: options.fold.map {
        HeldOut(fold: $0.argument, imageCount: training.count + (validation?.count ?? 0))
      },
      lastTrainingLoss: result.logs.last?.epochs.last?.trainingLoss,
      trainingSeconds: result.logs.reduce(0) { $0 + $1.seconds }, machine: .current,
      weightsSHA256: try Model.weightsSHA256(weights),
      command: options.command(recipe, threads: options.threadCount),
      selfTest: validation == nil
        ? try SelfTest(of: result.model, images: try folder.testImages()) : nil)
    try OutputFile(files.card).write(try card.json)
    try write(result.logs)
    run.cleanUp()
    return card
  }

  /// The CSV; of an ensemble one for each member, numbered from 1 before the suffix.
  private func write(_ logs: [TrainingLog]) throws {
    guard let path = options.log else { return }
    let url = URL(filePath: path)
    for (index, log) in logs.enumerated() {
      let numbered = "\(url.deletingPathExtension().relativePath)-\(index + 1).\(url.pathExtension)"
      try OutputFile(logs.count == 1 ? path : numbered).write(log.csv)
    }
  }

  /// The images to learn from, and those held out by the fold or the seed.
  private func split(_ all: TrainingSet) throws -> (TrainingSet, TrainingSet?) {
    let limited = options.trainLimit.map(all.prefix) ?? all
    if let fold = options.fold {
      guard options.validation == 0, fold.count <= limited.count else {
        throw Failure(
          "--fold: expected no --validation beside it, and at most \(limited.count) folds")
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
