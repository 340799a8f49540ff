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
    let recipe = options.recipe(architecture.recipe)
    let threads = options.threads ?? ProcessInfo.processInfo.activeProcessorCount
    let folder = DataFolder(options.data)
    let (training, validation) = try split(try folder.trainingSet())
    let trainer = try Trainer(
      architecture.network, recipe: recipe, seed: options.seed, threads: threads)

    say(
      "Training \(architecture.name): \(training.count) images, \(recipe.epochs) epochs, "
        + "\(threads) threads, seed \(options.seed)")
    let progress = ProgressLine(epochs: recipe.epochs, imagesPerEpoch: training.count)
    let log = try trainer.train(on: training, validation: validation, report: progress.show)

    let name = options.name ?? architecture.name
    let weights = "\(options.out)/\(name).safetensors"
    try FileManager.default.createDirectory(
      atPath: options.out, withIntermediateDirectories: true)
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
    if let test { say("Test: \(test)") }
    say("Wrote \(weights) and \(options.out)/\(name).json")
  }

  /// Measured on the file as written, by the engine that serves.
  private func test(_ weights: String, _ folder: DataFolder) throws -> TestResult {
    let images = try folder.testImages()
    let plan = try Plan(try Model(contentsOf: weights))
    return TestResult(
      Evaluation(probabilities: try plan.probabilities(of: images), labels: images.labels))
  }

  /// The images to learn from, and those held out by the seed.
  private func split(_ all: TrainingSet) throws -> (TrainingSet, TrainingSet?) {
    let limited = options.trainLimit.map(all.prefix) ?? all
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

extension TrainJob {
  static var command: Command<any Job> {
    Command(
      "train", summary: "Train a network on MNIST and write it with its card.",
      discussion: """
        What is not given is as the architecture's recipe has it. The same data, settings, seed
        and number of threads give the same weights on the same kind of processor.

        Example:
          digitlab train --arch cnn-28 --seed 1 --name cnn-28-seed-1
        """,
      defaults: TrainOptions(), parameters: recipeParameters + otherParameters,
      make: TrainJob.init)
  }

  private static var recipeParameters: [Parameter<TrainOptions>] {
    let parameters: [Parameter<TrainOptions>] = [
      .option(
        "--arch", into: \.architecture, value: "NAME",
        help: "The architecture: \(ArchitectureName.kind)."),
      .option(
        "--epochs", into: \.epochs, value: "N", in: 1...10_000,
        help: "Passes over the training images."),
      .option("--batch", into: \.batch, value: "N", in: 1...4_096, help: "Images in a step."),
      .option(
        "--learning-rate", into: \.learningRate, value: "RATE", in: 1e-9...10,
        help: "The largest learning rate of the schedule."),
      .option(
        "--schedule", into: \.schedule, value: "NAME",
        help: "How the rate changes: \(Schedule.Shape.kind)."),
      .option(
        "--augmentation", into: \.augmentation, value: "LIMITS",
        help: "Random changes of each image: \(Augmentation.kind)."),
    ]
    return parameters.map { $0.under("Recipe") }
  }

  private static var otherParameters: [Parameter<TrainOptions>] {
    [
      .option("--seed", into: \.seed, value: "N", help: "What all chance is drawn from."),
      .option(
        "--threads", into: \.threads, value: "N", in: 1...256,
        help: "Threads to train with; one for each core unless given."),
      .option(
        "--data", into: \.data, value: "DIR",
        help: "The folder of the four MNIST files; that of ./dev fetch-mnist unless given."),
      .option("--out", into: \.out, value: "DIR", help: "Where the model and its card go."),
      .option(
        "--name", into: \.name, value: "NAME",
        help: "What the files are called; the architecture's name unless given."),
      .option(
        "--log", into: \.log, value: "FILE", help: "Also write a CSV with a line for each epoch."),
      .option(
        "--train-limit", into: \.trainLimit, value: "N", in: 1...1_000_000,
        help: "Use only the first N training images."),
      .option(
        "--validation", into: \.validation, value: "N", in: 0...1_000_000,
        help: "Hold out N training images, drawn by the seed, and measure on them each epoch."),
    ]
  }
}
