import Arguments
import DigitTraining

extension TrainJob {
  static var command: Command<any Job> {
    Command(
      "train", summary: "Train a network on MNIST and write it with its card.",
      discussion: """
        What is not given is as the architecture's recipe has it. The same data, settings, seed
        and number of threads give the same weights on the same kind of processor.

        After every epoch, and on Ctrl-C, a checkpoint NAME.checkpoint is kept in the models'
        folder until the training is done. An interrupted training ends with exit status 1 and
        says how to go on; it then comes to the same weights as without a break.

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
        "--recipe", into: \.recipeName, value: "NAME",
        help: "Whose recipe: reference, as published, or house, ours. The options below change it."
      ),
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
      .options(
        "--teacher", into: \.teachers, value: "FILE",
        help: "Also learn from the probabilities of this model; given again, from their mean."),
      .option(
        "--teacher-weight", into: \.teacherWeight, value: "PART", in: 0.001...1,
        help: "How much the teachers count against the labels."),
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
      .flag(
        "--resume", into: \.resume,
        help: "Go on from the checkpoint of a training that was interrupted."),
      .option(
        "--train-limit", into: \.trainLimit, value: "N", in: 1...1_000_000,
        help: "Use only the first N training images."),
      .option(
        "--validation", into: \.validation, value: "N", in: 0...1_000_000,
        help: "Hold out N training images, drawn by the seed, and measure on them each epoch."),
      .option(
        "--fold", into: \.fold, value: "K/N",
        help: "Hold out the Kth of N equal parts, the same for every seed, and measure on it."),
    ]
  }
}
