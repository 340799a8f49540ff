import Arguments
import DigitTraining

extension TrainJob {
  static var command: Command<any Job> {
    Command(
      "train", summary: "Train a network and write it with its card.",
      discussion: """
        Options that are omitted default to the architecture's recipe. The same data, settings,
        seed and number of threads give the same weights on the same kind of processor.

        The model and its card are written to runs/NAME, or to the folder named by --out. A model
        or a checkpoint that is there already is replaced only with --force.

        After every epoch, and on Ctrl-C, a checkpoint NAME.checkpoint is kept beside the model
        until the training is done. An interrupted training ends with exit status 1 and prints
        the command that resumes it, which gives the same weights as an uninterrupted one.

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
        help: "The recipe: house (ours) or reference (as published). The options below override it."
      ),
      .option(
        "--epochs", into: \.epochs, value: "N", in: 1...10_000,
        help: "Passes over the training images."),
      .option("--batch", into: \.batch, value: "N", in: 1...4_096, help: "Images per step."),
      .option(
        "--learning-rate", into: \.learningRate, value: "RATE", in: 1e-9...10,
        help: "The maximum learning rate of the schedule."),
      .option(
        "--schedule", into: \.schedule, value: "NAME",
        help: "How the rate changes: \(Schedule.Shape.kind)."),
      .option(
        "--augmentation", into: \.augmentation, value: "LIMITS",
        help: """
          Random changes of each image: \(Augmentation.kind). The last three are fractions of \
          images: of each change of style (thickness, stretch, coarseness, blur, lines, noise), \
          of shifts by up to \(Augmentation.farShiftPixelsMax) pixels, and of pictures of no \
          digit, which are learnt to be none.
          """),
      .options(
        "--teacher", into: \.teachers, value: "FILE",
        help: "Also learn from the probabilities of this model; of several, from their mean."),
      .option(
        "--teacher-weight", into: \.teacherWeight, value: "FRACTION", in: 0.001...1,
        help: "Weight of the teachers' probabilities in the loss; the labels have the rest."),
    ]
    return parameters.map { $0.under("Recipe") }
  }

  private static var otherParameters: [Parameter<TrainOptions>] {
    [
      .option("--seed", into: \.seed, value: "N", help: "Random seed."),
      .option(
        "--threads", into: \.threads, value: "N", in: 1...256,
        help: "Threads to train with (default: one for each usable processor)."),
      .option(
        "--data", into: \.data, value: "DIR",
        help: "Folder of the four IDX files (default: where ./dev fetch-mnist puts MNIST)."),
      .option(
        "--out", into: \.out, value: "DIR",
        help: "Folder for the model and its card (default: runs/NAME)."),
      .option(
        "--name", into: \.name, value: "NAME",
        help: "Name of the model and its files (default: the architecture's)."),
      .flag(
        "--force", into: \.force,
        help: "Replace a model or a checkpoint that is there already."),
      .option(
        "--log", into: \.log, value: "FILE", help: "Also write a CSV with a line for each epoch."),
      .flag(
        "--resume", into: \.resume,
        help: "Continue from the checkpoint of an interrupted training."),
      .option(
        "--train-limit", into: \.trainLimit, value: "N", in: 1...1_000_000,
        help: "Use only the first N training images."),
      .option(
        "--validation", into: \.validation, value: "N", in: 0...1_000_000,
        help: "Hold out N training images, drawn by the seed, and measure on them each epoch."),
      .option(
        "--fold", into: \.fold, value: "K/N",
        help: "Hold out the Kth of N equal folds, the same for every seed, and measure on it."),
    ]
  }
}
