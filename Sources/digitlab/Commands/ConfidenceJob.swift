import Arguments
import DigitEvaluation
import DigitFiles
import DigitModel
import DigitTraining
import PlainText
import ProgramShell

/// `digitlab confidence` as typed.
struct ConfidenceOptions {
  var model = ""
  var models = DataPlaces.ofProcess.modelsFolder
  var foldModels: [String] = []
  var data: String?
}

/// `digitlab confidence`: makes a model's probabilities as high as it is often right.
struct ConfidenceJob: Job {
  let options: ConfidenceOptions

  /// Of digits, what is not to be taken for "not a digit".
  private static let keptShare = 0.99

  func run() throws {
    let interruption = Interruption.watch()
    let file = CardedModel(options.model, in: options.models)
    let result = try interruption.ending(
      with: "interrupted before the confidence of \(options.model) was fitted".escaped
    ) {
      let (model, card) = try subject(file)
      let folds = try options.foldModels.map { try FoldModel($0, like: card) }
      let result = try fit(try heldOut(folds), folds.map(\.heldOut.fold))
      try write(try fitted(model, result), result, to: file)
      return result
    }
    say(result.description)
    say("Wrote \(file.path); run digitlab calibrate for narrow precisions".escaped)
  }

  /// The model to be changed. A second temperature would be on top of the first.
  private func subject(_ file: CardedModel) throws -> (Model, ModelCard) {
    let model = try Model(named: options.model, in: options.models)
    guard model.network.stages.isEmpty else {
      throw Failure(
        "\(file.path) is a cascade, whose thresholds hold for the probabilities of its stages: "
          + "fit each stage, then put them together with digitlab cascade")
    }
    guard let card = try file.card() else {
      throw Failure("expected the card of \(file.path) beside it, but there is none")
    }
    if let confidence = try model.confidence() {
      throw Failure(
        "\(file.path) has been fitted already, with temperature "
          + "\(confidence.temperature.argument): train it again first")
    }
    return (model, card)
  }

  /// Each fold's model with the images that it has not learnt from.
  private func heldOut(_ folds: [FoldModel]) throws -> [TemperatureFit.HeldOut] {
    let folder = DataFolder(options.data)
    let images = try folder.trainingSet()
    let sums = try folder.sums()
    return try folds.map { fold in
      (fold.model, try fold.heldOutImages(of: images, in: folder, sums: sums))
    }
  }

  private func fit(
    _ heldOut: [TemperatureFit.HeldOut], _ folds: [String]
  ) throws -> ConfidenceResult {
    let temperature = try TemperatureFit(heldOut).temperature
    let fitted = try evaluation(heldOut, temperature: temperature)
    return ConfidenceResult(
      temperature: temperature, rejectionThreshold: fitted.threshold(keeping: Self.keptShare),
      folds: folds, imageCount: fitted.imageCount,
      before: ConfidenceResult.Figures(try evaluation(heldOut, temperature: 1)),
      after: ConfidenceResult.Figures(fitted), command: command)
  }

  /// Of all held-out images, each read by the model that has not learnt from it.
  private func evaluation(
    _ heldOut: [TemperatureFit.HeldOut], temperature: Float
  ) throws -> Evaluation {
    let probabilities = try heldOut.flatMap { model, images in
      try Plan(try model.dividingScores(by: temperature)).probabilities(of: images.images)
    }
    return Evaluation(
      probabilities: probabilities, labels: heldOut.flatMap { $0.images.images.labels })
  }

  private func fitted(_ model: Model, _ result: ConfidenceResult) throws -> Model {
    var model = try model.dividingScores(by: result.temperature)
    model.removeCalibrations()
    try model.setConfidence(
      Confidence(
        temperature: result.temperature, rejectionThreshold: result.rejectionThreshold))
    return model
  }

  private func write(_ model: Model, _ result: ConfidenceResult, to file: CardedModel) throws {
    let test = try DataFolder(options.data).testImages()
    try file.write(model) { card in
      card.confidence = result
      card.precisions = nil
      if card.test != nil { card.test = try TestResult(of: try Plan(model), test) }
      if card.selfTest != nil { card.selfTest = try SelfTest(of: model, images: test) }
    }
  }

  private var command: String {
    var words = ["digitlab", "confidence", "--model", options.model]
    if options.models != ConfidenceOptions().models { words += ["--models", options.models] }
    for path in options.foldModels { words += ["--fold-model", path] }
    if let data = options.data { words += ["--data", data] }
    return words.map(shellWord).joined(separator: " ")
  }
}

extension ConfidenceResult: CustomStringConvertible {
  var description: String {
    "Temperature \(temperature.argument) by \(imageCount) held-out images: expected calibration "
      + "error \(percent(before.expectedCalibrationError)) before, "
      + "\(percent(after.expectedCalibrationError)) after; loss \(fixed(before.loss, 4)) before, "
      + "\(fixed(after.loss, 4)) after. Below \(percent(Double(rejectionThreshold))) an image is "
      + "taken for no digit."
  }
}

extension ConfidenceResult.Figures {
  init(_ evaluation: Evaluation) {
    self.init(
      accuracy: evaluation.accuracy, loss: evaluation.loss,
      expectedCalibrationError: Calibration(evaluation).expectedError)
  }
}

extension ConfidenceJob {
  static var command: Command<any Job> {
    Command(
      "confidence", summary: "Fit a model's probabilities to how often it is right.",
      discussion: """
        Finds the temperature under which the labels of held-out training images are most likely, \
        and divides the model's last weights by it (temperature scaling, Guo et al. 2017). A \
        single network answers as before, with other probabilities. An ensemble has one \
        temperature, by which the scores of each member are divided, and which is fitted to the \
        mean of their probabilities.

        The model itself has learnt from all images. Held-out ones are read by models that were \
        trained by the same recipe with train --fold; of these one is enough, and more are more \
        exact. The temperature, and the expected calibration error before and after, are written \
        into the card.

        The probability that 99 of a hundred held-out digits reach becomes the model's rejection \
        threshold: clients take what stays below it for "not a digit".

        Example:
          digitlab train --arch tiny --fold 1/6 --name tiny-fold-1
          digitlab train --arch tiny
          digitlab confidence --model runs/tiny/tiny.safetensors --fold-model \
        runs/tiny-fold-1/tiny-fold-1.safetensors
        """,
      defaults: ConfidenceOptions(), parameters: parameters, make: ConfidenceJob.init)
  }

  private static var parameters: [Parameter<ConfidenceOptions>] {
    [
      .option(
        "--model", into: \.model, value: "NAME", required: true,
        help: "The model: a name in the models folder, or a .safetensors file."),
      .option("--models", into: \.models, value: "DIR", help: "The models folder.")
        .withDefault(DataPlaces.modelsDefault),
      .options(
        "--fold-model", into: \.foldModels, value: "FILE", required: true,
        help: "A model of the same recipe that was trained with --fold."),
      .option(
        "--data", into: \.data, value: "DIR",
        help: "Folder of the MNIST files (default: where ./dev fetch-mnist puts them)."),
    ]
  }
}
