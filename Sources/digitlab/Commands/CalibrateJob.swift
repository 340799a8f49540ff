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
    let path = Model.path(options.model, in: options.models)
    var model = try Model(named: options.model, in: options.models)
    let folder = DataFolder(options.data)
    let training = try folder.trainingSet()
    guard training.count >= Self.gateImageCount else {
      throw Failure(
        "expected at least \(Self.gateImageCount) training images, got \(training.count): "
          + "name the folder of the whole MNIST with --data")
    }
    say("Looking at what \(options.model) computes in training images.")
    let augmentation = Self.augmentation(of: model)
    let draw = { (count: Int, seed: UInt64) in
      training.augmented(count: count, seed: seed, by: augmentation)
    }
    let calibration = try PrecisionCalibration(
      of: model, scalePixels: draw(Self.scaleImageCount, options.seed),
      gatePixels: draw(Self.gateImageCount, options.seed + 1))
    try model.setCalibration(calibration, for: Self.precision)
    try model.write(to: path)
    guard calibration.gate.isPassed else {
      try note(calibration, test: nil, of: path)
      throw ModelError.refused(Self.precision, calibration.gate)
    }
    let images = try folder.testImages()
    let plan = try Plan(model, precision: Self.precision)
    let test = TestResult(
      Evaluation(probabilities: try plan.probabilities(of: images), labels: images.labels))
    try note(calibration, test: test, of: path)
    say("\(Self.precision.rawValue): \(calibration.gate).")
    say("MNIST test set: \(test)")
    say("Wrote \(path)")
  }

  /// What the network saw when it was trained by our recipe.
  private static func augmentation(of model: Model) -> Augmentation {
    Zoo.architecture(named: model.network.name)?.house.augmentation
      ?? Augmentation(rotationDegrees: 7.5, shiftPixels: 1, scale: 0.08)
  }

  /// Into the model's card, where there is one.
  private func note(_ calibration: PrecisionCalibration, test: TestResult?, of path: String) throws
  {
    let cardPath = path.replacingOccurrences(of: ".safetensors", with: ".json")
    guard let json = try? Data(contentsOf: URL(filePath: cardPath)) else { return }
    var card = try JSONDecoder().decode(ModelCard.self, from: json)
    card.weightsSHA256 = SHA256.hexDigest(of: try Data(contentsOf: URL(filePath: path)))
    let seed = options.seed == 0 ? "" : " --seed \(options.seed)"
    card.precisions = (card.precisions ?? [:]).merging(
      [
        Self.precision.rawValue: NarrowResult(
          gate: calibration.gate, test: test,
          command: "digitlab calibrate --model \(card.name)\(seed)")
      ]) { $1 }
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
        is 1.

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
