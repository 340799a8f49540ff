import Arguments
import DigitFiles
import DigitModel
import DigitTraining
import Foundation
import PlainText
import ProgramShell

/// `digitlab calibrate` as typed.
struct CalibrateOptions {
  var model = ""
  var models = DataPlaces.ofProcess.modelsFolder
  var data: String?
  var seed: UInt64 = 0
  /// Nil for all.
  var precision: Precision?
}

/// `digitlab calibrate`: prepares a model for narrow precisions, and measures what they cost.
struct CalibrateJob: Job {
  let options: CalibrateOptions

  fileprivate static let scaleImageCount = 5_000
  fileprivate static let gateImageCount = 10_000

  func run() throws {
    guard options.precision != .float32 else {
      throw Failure("expected --precision to be bf16 or int8, got f32, which needs no calibration")
    }
    let interruption = Interruption.watch()
    let file = CardedModel(options.model, in: options.models)
    let inputs = try interruption.ending(with: interrupted("")) { try prepare(file) }
    var refusals: [String] = []
    for precision in try precisions() {
      do {
        try calibrate(precision, inputs, file, interruption)
      } catch let refusal as Refusal {
        // The others may do.
        refusals.append(refusal.description)
      }
    }
    guard refusals.isEmpty else { throw Failure(refusals.joined(separator: "; ")) }
  }

  private func interrupted(_ what: String) -> String {
    "interrupted before \(options.model) was calibrated\(what): run the same command to do it"
      .escaped
  }

  private struct Inputs {
    let images: CalibrationImages
    let test: ImageSet
  }

  private func prepare(_ file: CardedModel) throws -> Inputs {
    let model = try Model(named: options.model, in: options.models)
    _ = try file.card()
    let folder = DataFolder(options.data)
    let training = try folder.trainingSet()
    let test = try folder.testImages()
    guard training.count >= Self.gateImageCount else {
      throw Failure(
        "expected at least \(Self.gateImageCount) training images, got \(training.count): "
          + "name a folder with more of them with --data")
    }
    return Inputs(
      images: CalibrationImages(training, for: model, seed: options.seed), test: test)
  }

  /// Those that this processor has instructions for, unless one is asked for.
  private func precisions() throws -> [Precision] {
    if let precision = options.precision {
      guard precision.isAvailable(.chosen) else { throw ModelError.unavailable(precision) }
      return [precision]
    }
    let available = Self.availablePrecisions
    guard !available.isEmpty else { throw ModelError.unavailable(.int8) }
    for precision in Precision.allCases where precision != .float32 {
      if !available.contains(precision) { say("\(ModelError.unavailable(precision))") }
    }
    return available
  }

  /// The narrow ones that this processor has instructions for.
  static var availablePrecisions: [Precision] {
    Precision.allCases.filter { $0 != .float32 && $0.isAvailable(.chosen) }
  }

  private func calibrate(
    _ precision: Precision, _ inputs: Inputs, _ file: CardedModel, _ interruption: Interruption
  ) throws {
    say("Calibrating \(options.model) for \(precision.rawValue) on training images.".escaped)
    let (model, calibration, result) = try interruption.ending(
      with: interrupted(" for \(precision.rawValue)")
    ) { try measure(precision, inputs) }
    let narrow = NarrowResult(gate: calibration.gate, test: result, command: command)
    try file.write(model) { card in
      card.precisions = (card.precisions ?? [:]).merging([precision.rawValue: narrow]) { $1 }
    }
    guard let result else {
      throw Refusal(description: "\(ModelError.refused(precision, calibration.gate))")
    }
    say("\(precision.rawValue): \(calibration.gate).")
    say("Test images: \(result)")
    say("Wrote \(file.path)".escaped)
  }

  /// The model with its calibration, and what it then reads of the test images where it may.
  private func measure(
    _ precision: Precision, _ inputs: Inputs
  ) throws -> (Model, PrecisionCalibration, TestResult?) {
    var model = try Model(named: options.model, in: options.models)
    let calibration: PrecisionCalibration
    do {
      calibration = try PrecisionCalibration(
        of: model, for: precision, scalePixels: inputs.images.forScales,
        gatePixels: inputs.images.forGate)
    } catch {
      throw Refusal(description: "\(error)")
    }
    guard calibration.gate.isPassed || (try? Plan(model, precision: precision)) == nil else {
      let refusal = ModelError.refused(precision, calibration.gate)
      throw Refusal(description: "\(refusal); the file keeps what it had")
    }
    try model.setCalibration(calibration, for: precision)
    let result =
      calibration.gate.isPassed
      ? try TestResult(of: try Plan(model, precision: precision), inputs.test) : nil
    return (model, calibration, result)
  }

  /// A model cannot be, or may not be, computed in a precision.
  private struct Refusal: Error {
    var description: String
  }

  private var command: String {
    var words = ["digitlab", "calibrate", "--model", options.model]
    if options.models != CalibrateOptions().models { words += ["--models", options.models] }
    if let data = options.data { words += ["--data", data] }
    if options.seed != 0 { words += ["--seed", "\(options.seed)"] }
    return words.map(shellWord).joined(separator: " ")
  }
}

/// Training images, augmented, from which the scales are taken and by which the gate judges.
private struct CalibrationImages {
  let forScales: [UInt8]
  let forGate: [UInt8]

  init(_ training: TrainingSet, for model: Model, seed: UInt64) {
    let augmentation = Self.augmentation(of: model)
    let draw = { (count: Int, seed: UInt64) in
      training.augmented(count: count, seed: seed, by: augmentation)
    }
    forScales = draw(CalibrateJob.scaleImageCount, seed)
    forGate = draw(CalibrateJob.gateImageCount, seed &+ 1)
  }

  /// What the network saw when it was trained by our recipe, but for images in other styles, that
  /// are harder to read than those to come.
  private static func augmentation(of model: Model) -> Augmentation {
    Zoo.architecture(named: model.network.name)?.house.augmentation.small
      ?? Augmentation(rotationDegrees: 7.5, shiftPixels: 1, scale: 0.08)
  }
}

extension CalibrateJob {
  static var command: Command<any Job> {
    Command(
      "calibrate", summary: "Prepare a model for bf16 and int8, and measure what they cost.",
      discussion: """
        For int8, computes the scales that quantise activations, on \
        \(scaleImageCount) augmented training images; bf16 needs none. Then a gate: of \
        \(gateImageCount) others, \(PrecisionCalibration.Gate.agreeingPerThousandMin) in a \
        thousand must be read as in float32, or the precision is refused. Scales and gates are \
        written into the model file, and the gates and the accuracy on the test images into its \
        card. Where a gate refuses, the exit status is 1, and a model that was calibrated before \
        keeps its calibration.

        Examples:
          digitlab calibrate --model cnn-28
          digitlab calibrate --model cnn-28 --precision int8
        """,
      defaults: CalibrateOptions(), parameters: parameters, make: CalibrateJob.init)
  }

  private static var parameters: [Parameter<CalibrateOptions>] {
    [
      .option(
        "--model", into: \.model, value: "NAME", required: true,
        help: "The model: a name in the models folder, or a .safetensors file."),
      .option("--models", into: \.models, value: "DIR", help: "The models folder.")
        .withDefault(DataPlaces.modelsDefault),
      .option(
        "--data", into: \.data, value: "DIR",
        help: "Folder of the MNIST files (default: where ./dev fetch-mnist puts them)."),
      .option(
        "--precision", into: \.precision, value: "NAME",
        help: "Only bf16 or only int8 (default: all that this processor supports)."),
      .option(
        "--seed", into: \.seed, value: "N", in: 0...UInt64(Int64.max),
        help: "Random seed."),
    ]
  }
}
