import Arguments
import DigitEvaluation
import DigitFiles
import DigitModel
import DigitTraining
import FileAccess
import Foundation
import PlainText
import ProgramShell

/// `digitlab cascade` as typed.
struct CascadeOptions {
  var stages: [String] = []
  var models = DataPlaces.ofProcess.modelsFolder
  var below: [Float] = []
  var foldModels: [String] = []
  /// With `tiny` and `ensemble` about half as many images a second as by `tiny` alone.
  var megaflopsMax = 1.5
  var out = ""
  var data: String?
}

/// `digitlab cascade`: makes one model of several, which answer one after another.
struct CascadeJob: Job {
  let options: CascadeOptions

  /// Of the training images, where shares are counted on what the stages have learnt from.
  private static let countedImages = 10_000
  /// Of digits, what is not to be taken for "not a digit".
  private static let keptShare = 0.99

  func run() throws {
    try checkOptions()
    let interruption = Interruption.watch()
    let result = try interruption.ending(
      with: "interrupted before \(options.out) was written".escaped, make)
    say(result.description)
    say("Wrote \(options.out) and its card; run digitlab calibrate for narrow precisions".escaped)
  }

  private func checkOptions() throws {
    let count = options.stages.count
    guard (2...ModelLimits.memberCountMax).contains(count) else {
      throw Misuse(
        "--stage: expected it 2 to \(ModelLimits.memberCountMax) times, got it \(count) times")
    }
    guard options.foldModels.count % count == 0 else {
      throw Misuse(
        "--fold-model: expected one for each of the \(count) stages, in their order, for each "
          + "fold; got \(options.foldModels.count)")
    }
    let isChosen = options.below.isEmpty && !options.foldModels.isEmpty && count == 2
    guard isChosen || options.below.count == count - 1 else {
      throw Misuse(
        "--below: expected a threshold for each stage but the last, or two stages and "
          + "--fold-model to choose one by; got \(options.below.count) for \(count) stages")
    }
    guard options.below.allSatisfy({ $0 > 0 && $0 <= 1 }) else {
      throw Misuse("--below: expected thresholds above 0 and at most 1")
    }
    guard options.out.hasSuffix(".safetensors") else {
      throw Misuse("--out: expected a path that ends in .safetensors, got '\(options.out)'")
    }
  }

  private func make() throws -> CascadeResult {
    let stages = try options.stages.map { try StageFile($0, in: options.models) }
    let card = String(options.out.dropLast(".safetensors".count)) + ".json"
    for path in [options.out, card] {
      _ = try OutputFile(
        path, notReplacing: stages.flatMap { [$0.file.path, $0.file.cardPath ?? $0.file.path] })
    }
    let operationCounts = try stages.map { try NetworkSize($0.model.network).operationCount }
    let images = try answers(stages)
    let thresholds = try thresholds(images, operationCounts)
    let outcome = CascadeOutcome(
      stages: images.probabilities, thresholds: thresholds, labels: images.labels)
    let name = URL(filePath: options.out).deletingPathExtension().lastPathComponent
    var model = try Model(
      name: name,
      cascade: stages.indices.map { index in
        StagedModel(
          stages[index].model, below: index < thresholds.count ? thresholds[index] : nil,
          share: outcome.shares[index])
      })
    if images.areHeldOut {
      let evaluation = Evaluation(probabilities: outcome.probabilities, labels: images.labels)
      // The stages have been divided by temperatures of their own.
      try model.setConfidence(
        Confidence(
          temperature: 1, rejectionThreshold: evaluation.threshold(keeping: Self.keptShare)))
    }
    let result = try result(stages, images, outcome, model, operationCounts)
    try write(model, name, result, card)
    return result
  }

  /// In the order of the stages.
  private func thresholds(_ images: StageAnswers, _ operationCounts: [Int]) throws -> [Float] {
    guard options.below.isEmpty else { return options.below }
    let threshold = CascadeOutcome.bestThreshold(
      between: images.probabilities[0], and: images.probabilities[1], labels: images.labels,
      operationCounts: operationCounts, operationCountMax: options.megaflopsMax * 1e6)
    guard let threshold else {
      throw Failure(
        "--mflop-max: no threshold from 0.5 on keeps within \(options.megaflopsMax) MFLOP an "
          + "image; the stages take \(operationCounts.map { fixed(Double($0) / 1e6, 2) })")
    }
    return [threshold]
  }

  /// What each stage says of the same images: held-out ones, read by the folds' models, or else
  /// training images.
  private func answers(_ stages: [StageFile]) throws -> StageAnswers {
    let folder = DataFolder(options.data)
    let all = try folder.trainingSet()
    guard !options.foldModels.isEmpty else {
      return try StageAnswers(
        stages.map(\.model), all.prefix(min(all.count, Self.countedImages)).images)
    }
    let sums = try folder.sums()
    var answers: StageAnswers?
    for first in stride(from: 0, to: options.foldModels.count, by: stages.count) {
      let folds = try stages.enumerated().map { index, stage in
        try FoldModel(options.foldModels[first + index], like: try stage.knownCard())
      }
      guard folds.allSatisfy({ $0.heldOut == folds[0].heldOut }) else {
        throw Failure(
          "--fold-model: expected models that hold the same fold out, got "
            + folds.map { "\($0.path) with \($0.heldOut.fold)" }.joined(separator: ", "))
      }
      let images = try folds[0].heldOutImages(of: all, in: folder, sums: sums).images
      // As the stages' own scores were divided.
      let models = try zip(folds, stages).map { fold, stage in
        try fold.model.dividingScores(by: try stage.model.confidence()?.temperature ?? 1)
      }
      var more = try StageAnswers(models, images)
      more.folds = [folds[0].heldOut.fold]
      answers = answers.map { $0.joined(with: more) } ?? more
    }
    return answers!
  }

  private func result(
    _ stages: [StageFile], _ images: StageAnswers, _ outcome: CascadeOutcome, _ model: Model,
    _ operationCounts: [Int]
  ) throws -> CascadeResult {
    CascadeResult(
      stages: try zip(stages, model.network.stages).map { stage, place in
        CascadeResult.Stage(
          name: stage.model.network.name,
          weightsSHA256: try Model.weightsSHA256(stage.file.path), below: place.below,
          share: place.share ?? 1)
      },
      meanOperationCount: outcome.operationCount(operationCounts),
      heldOut: images.areHeldOut
        ? CascadeResult.Figures(
          folds: images.folds, imageCount: outcome.imageCount, accuracy: outcome.accuracy,
          expectedCalibrationError: Calibration(
            Evaluation(probabilities: outcome.probabilities, labels: images.labels)
          ).expectedError,
          stageAccuracies: images.probabilities.map {
            Evaluation(probabilities: $0, labels: images.labels).accuracy
          }) : nil)
  }

  private func write(
    _ model: Model, _ name: String, _ result: CascadeResult, _ cardPath: String
  ) throws {
    let folder = DataFolder(options.data)
    let test = try folder.testImages()
    let selfTest = try SelfTest(of: model, images: test)
    let score = try TestResult(of: try Plan(model), test)
    try model.write(to: options.out)
    let card = ModelCard(
      name: name, architecture: "cascade",
      parameterCount: try NetworkSize(model.network).parameterCount,
      dataSHA256: try folder.sums(), test: score, machine: .current,
      weightsSHA256: try Model.weightsSHA256(options.out), command: command, cascade: result,
      selfTest: selfTest)
    try OutputFile(cardPath).write(try card.json)
  }

  private var command: String {
    var words = ["digitlab", "cascade"]
    for stage in options.stages { words += ["--stage", stage] }
    if options.models != CascadeOptions().models { words += ["--models", options.models] }
    for threshold in options.below { words += ["--below", threshold.argument] }
    for path in options.foldModels { words += ["--fold-model", path] }
    if options.megaflopsMax != CascadeOptions().megaflopsMax {
      words += ["--mflop-max", options.megaflopsMax.argument]
    }
    if let data = options.data { words += ["--data", data] }
    return (words + ["--out", options.out]).map(shellWord).joined(separator: " ")
  }
}

/// A model that is to be a stage, and its card.
private struct StageFile {
  let file: CardedModel
  let model: Model
  let card: ModelCard?

  init(_ name: String, in folder: String) throws {
    file = CardedModel(name, in: folder)
    model = try Model(named: name, in: folder)
    guard model.network.stages.isEmpty else {
      throw Failure("\(file.path) is a cascade: name its stages one by one")
    }
    card = try file.card()
  }

  func knownCard() throws -> ModelCard {
    guard let card else {
      throw Failure("expected the card of \(file.path) beside it, but there is none")
    }
    return card
  }
}

/// What each stage says of the same images.
private struct StageAnswers {
  /// Of each stage, images × classes.
  var probabilities: [[Float]]
  var labels: [UInt8]
  /// None where the stages have learnt from the images.
  var folds: [String] = []

  var areHeldOut: Bool { !folds.isEmpty }

  init(_ models: [Model], _ images: ImageSet) throws {
    probabilities = try models.map { try Plan($0).probabilities(of: images) }
    labels = images.labels
  }

  func joined(with more: StageAnswers) -> StageAnswers {
    var joined = self
    joined.probabilities = zip(probabilities, more.probabilities).map { $0 + $1 }
    joined.labels += more.labels
    joined.folds += more.folds
    return joined
  }
}

extension CascadeResult: CustomStringConvertible {
  var description: String {
    var lines = stages.map { stage in
      "\(stage.name): \(percent(Double(stage.share))) of the images"
        + (stage.below.map { ", and those below \($0.argument) go on" } ?? "")
    }
    lines.append("\(fixed(meanOperationCount / 1e6, 2)) MFLOP an image on the average")
    if let heldOut {
      let alone = zip(stages, heldOut.stageAccuracies).map { "\($0.name) \(percent($1))" }
      lines.append(
        "\(percent(heldOut.accuracy)) of \(heldOut.imageCount) held-out images right; alone "
          + alone.joined(separator: ", ")
          + "; expected calibration error \(percent(heldOut.expectedCalibrationError))")
    } else {
      lines.append(
        "Counted on training images, which are easier than others, and without a threshold for "
          + "what is no digit; see --fold-model")
    }
    return lines.joined(separator: "\n")
  }
}

extension CascadeJob {
  static var command: Command<any Job> {
    Command(
      "cascade", summary: "Make one model of several that answer one after another.",
      discussion: """
        The first stage reads every image. Where its most probable digit has less than the \
        threshold, the next stage answers instead, and so on: most of the accuracy of the last \
        stage for little more than the work of the first. Stages are networks or ensembles, and \
        their probabilities should have been fitted (digitlab confidence) before.

        The threshold between two stages can be chosen by --fold-model, from 0.5 to 0.99: the one \
        with the fewest errors on held-out images that keeps within --mflop-max, and of such the \
        lowest. The test images decide nothing. With --fold-model the rejection threshold is \
        fitted, too, as by digitlab confidence.

        Examples:
          digitlab cascade --stage tiny --below 0.8 --stage ensemble --out cascade.safetensors
          digitlab cascade --stage tiny --stage ensemble --fold-model \
        runs/tiny-fold-1.safetensors --fold-model runs/ensemble-fold-1.safetensors --out \
        cascade.safetensors
        """,
      defaults: CascadeOptions(), parameters: parameters, make: CascadeJob.init)
  }

  private static var parameters: [Parameter<CascadeOptions>] {
    [
      .options(
        "--stage", into: \.stages, value: "NAME", required: true,
        help: "A stage, in their order: a name in the models folder, or a .safetensors file."),
      .option("--models", into: \.models, value: "DIR", help: "The models folder.")
        .withDefault(DataPlaces.modelsDefault),
      .options(
        "--below", into: \.below, value: "P",
        help: "Of each stage but the last: an image goes on whose most probable digit has less."),
      .options(
        "--fold-model", into: \.foldModels, value: "FILE",
        help: "For each fold and stage, a model of the stage's recipe, trained with --fold."),
      .option(
        "--mflop-max", into: \.megaflopsMax, value: "N", in: 0.001...1e6,
        help: "What an image may take on the average, where a threshold is chosen."),
      .option(
        "--out", into: \.out, value: "FILE", required: true,
        help: "The file to write; its card lies beside it."),
      .option(
        "--data", into: \.data, value: "DIR",
        help: "Folder of the MNIST files (default: where ./dev fetch-mnist puts them)."),
    ]
  }
}
