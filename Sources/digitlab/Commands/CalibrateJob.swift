import Arguments
import DigitEvaluation
import DigitFiles
import DigitModel
import DigitTraining
import Foundation
import PlainText

/// `digitlab calibrate` as typed.
struct CalibrateOptions {
  var model = ""
  var models = "Models"
  var data: String?
  var seed: UInt64 = 0
}

/// `digitlab calibrate`: prepares a model for int8, and measures what that costs.
struct CalibrateJob: Job {
  let options: CalibrateOptions

  private static let precision = Precision.int8
  private static let scaleImageCount = 5_000
  private static let gateImageCount = 10_000

  func run() throws {
    let file = CalibratedFile(options.model, in: options.models)
    var model = try Model(named: options.model, in: options.models)
    let card = try file.card()
    let folder = DataFolder(options.data)
    let training = try folder.trainingSet()
    let test = try folder.testImages()
    guard training.count >= Self.gateImageCount else {
      throw Failure(
        "expected at least \(Self.gateImageCount) training images, got \(training.count): "
          + "name the folder of the whole MNIST with --data")
    }
    say("Looking at what \(options.model) computes in training images.")
    let calibration = try calibrate(model, training)
    guard calibration.gate.isPassed || (try? Plan(model, precision: Self.precision)) == nil else {
      throw Failure(
        "\(ModelError.refused(Self.precision, calibration.gate)); the file keeps what it had")
    }
    try model.setCalibration(calibration, for: Self.precision)
    let result = calibration.gate.isPassed ? try evaluate(model, test) : nil
    try file.write(
      model, card, Self.precision,
      NarrowResult(
        gate: calibration.gate, test: result, command: command))
    guard let result else { throw ModelError.refused(Self.precision, calibration.gate) }
    say("\(Self.precision.rawValue): \(calibration.gate).")
    say("MNIST test set: \(result)")
    say("Wrote \(file.path)")
  }

  private func calibrate(
    _ model: Model, _ training: TrainingSet
  ) throws(ModelError) -> PrecisionCalibration {
    let augmentation = Self.augmentation(of: model)
    let draw = { (count: Int, seed: UInt64) in
      training.augmented(count: count, seed: seed, by: augmentation)
    }
    return try PrecisionCalibration(
      of: model, scalePixels: draw(Self.scaleImageCount, options.seed),
      gatePixels: draw(Self.gateImageCount, options.seed &+ 1))
  }

  private func evaluate(_ model: Model, _ images: ImageSet) throws -> TestResult {
    let plan = try Plan(model, precision: Self.precision)
    return TestResult(
      Evaluation(probabilities: try plan.probabilities(of: images), labels: images.labels))
  }

  private var command: String {
    "digitlab calibrate --model \(options.model)"
      + (options.seed == 0 ? "" : " --seed \(options.seed)")
  }

  /// What the network saw when it was trained by our recipe.
  private static func augmentation(of model: Model) -> Augmentation {
    Zoo.architecture(named: model.network.name)?.house.augmentation
      ?? Augmentation(rotationDegrees: 7.5, shiftPixels: 1, scale: 0.08)
  }
}

/// A model file that is calibrated where it lies, and its card.
private struct CalibratedFile {
  /// Of the file itself, not of a link to it.
  let path: String

  init(_ name: String, in folder: String) {
    path = URL(filePath: Model.path(name, in: folder)).resolvingSymlinksInPath().relativePath
  }

  private var cardPath: String? {
    let suffix = ".safetensors"
    return path.hasSuffix(suffix) ? path.dropLast(suffix.count) + ".json" : nil
  }

  /// Nil where there is none.
  func card() throws -> ModelCard? {
    guard let cardPath, let json = try? Data(contentsOf: URL(filePath: cardPath)) else {
      return nil
    }
    do {
      return try JSONDecoder().decode(ModelCard.self, from: json)
    } catch {
      throw Failure("expected \(cardPath) to be the card of the model, or not to be there")
    }
  }

  func write(
    _ model: Model, _ card: ModelCard?, _ precision: Precision, _ result: NarrowResult
  ) throws {
    try model.write(to: path)
    guard var card, let cardPath else { return }
    card.weightsSHA256 = SHA256.hexDigest(of: try Data(contentsOf: URL(filePath: path)))
    card.precisions = (card.precisions ?? [:]).merging([precision.rawValue: result]) { $1 }
    try writeAtomically(try card.json, to: cardPath)
  }
}

extension CalibrateJob {
  static var command: Command<any Job> {
    Command(
      "calibrate", summary: "Prepare a model for int8, and measure what that costs.",
      discussion: """
        Finds the scales by which what the layers pass on is kept as bytes, on \(scaleImageCount) \
        augmented training images; then a gate: on \(gateImageCount) others, \
        \(PrecisionCalibration.Gate.agreeingPerThousandMin) of a thousand must be read as in \
        float32, or the precision is refused. Both are written into the model file, and the gate \
        and the accuracy on the test images into its card. Where the gate refuses the exit status \
        is 1, and a model that was calibrated already keeps what it had.

        Example:
          digitlab calibrate --model cnn-28
        """,
      defaults: CalibrateOptions(), parameters: parameters, make: CalibrateJob.init)
  }

  private static var parameters: [Parameter<CalibrateOptions>] {
    [
      .option(
        "--model", into: \.model, value: "NAME", required: true,
        help: "The model: a name in the models folder, or a .safetensors file."),
      .option("--models", into: \.models, value: "DIR", help: "The models folder."),
      .option(
        "--data", into: \.data, value: "DIR",
        help: "The folder of the MNIST files; where ./dev fetch-mnist puts them unless given."),
      .option(
        "--seed", into: \.seed, value: "N", in: 0...UInt64(Int64.max),
        help: "Which images are drawn, and how they are changed."),
    ]
  }
}
