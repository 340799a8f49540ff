import Arguments
import DigitTraining
import FileAccess
import Foundation
import PlainText
import ProgramShell

/// `digitlab zoo` as typed.
struct ZooOptions {
  var seeds = 3
  var names: [ArchitectureName] = []
  var recipes: [RecipeName] = []
  var out = "runs/zoo"
  var force = false
  var data: String?
  var threads: Int?
}

/// `digitlab zoo`: trains every model that ships, and the runs that show how accuracies vary.
struct ZooJob: Job {
  let options: ZooOptions

  func run() throws {
    let interruption = Interruption.watch()
    let runs = runs
    for (index, run) in runs.enumerated() where needsWork(run) {
      say("\(index + 1) of \(runs.count): \(run.name)")
      if run.card == nil { try train(run, interruption) }
      if run.ships {
        if run.card?.confidence == nil { try fitConfidence(run) }
        calibrate(run.name)
      }
      try writeTable()
    }
    try makeCascade()
    for run in runs where run.fold != nil { run.removeWeights() }
    try writeTable()
    say("Wrote \(options.out)/README.md".escaped)
  }

  private func needsWork(_ run: ZooRun) -> Bool {
    guard run.fold != nil else { return run.card == nil || run.isUnfinished }
    // Its teacher's fold is asked for too, where the pupil's is missing.
    let served = chosen.filter { [$0.name, $0.teacher].contains(run.architecture.name) }
    let isWanted =
      served.contains { shipping($0).card?.confidence == nil }
      || makesCascade && cascade.card == nil && ZooCascade.stages.contains(run.architecture.name)
    return run.card == nil && isWanted
  }

  private var cascade: ZooCascade { ZooCascade(folder: options.out) }

  private var makesCascade: Bool {
    Set(ZooCascade.stages).isSubset(of: chosen.map(\.name))
      && (options.recipes.isEmpty || options.recipes.contains(.house))
  }

  private func makeCascade() throws {
    guard makesCascade else { return }
    if cascade.card == nil {
      say(ZooCascade.name)
      let stages = ZooCascade.stages.map { Zoo.architecture(named: $0)! }
      try cascade.make(stages.map(fold), options)
    }
    if cascade.isUncalibrated { calibrate(ZooCascade.name) }
  }

  private func train(_ run: ZooRun, _ interruption: Interruption) throws {
    do {
      let card = try run.train(options, interruption)
      if let test = card.test { say("Test: \(test)") }
    } catch let stop as TrainingRun.Interrupted {
      throw Failure("\(stop). Run the same command to continue.")
    }
  }

  private func fitConfidence(_ run: ZooRun) throws {
    var confidence = ConfidenceOptions()
    confidence.model = run.name
    confidence.models = options.out
    confidence.foldModels = [fold(run.architecture).weights]
    confidence.data = options.data
    try ConfidenceJob(options: confidence).run()
  }

  /// The model ships all the same where that cannot be, and is then served in float32 only.
  private func calibrate(_ name: String) {
    var calibration = CalibrateOptions()
    calibration.model = name
    calibration.models = options.out
    calibration.data = options.data
    do {
      try CalibrateJob(options: calibration).run()
    } catch {
      say("Not calibrated: \(error)".escaped)
    }
  }

  /// Those that ship first, each after one without a fold; then other seeds, which show the spread,
  /// and the published recipes.
  private var runs: [ZooRun] {
    (0..<UInt64(options.seeds)).flatMap { seed in
      RecipeName.allCases.reversed().flatMap { recipe in
        chosen.filter { isWanted($0, recipe, seed) }.flatMap { architecture in
          let run = ZooRun(
            architecture: architecture, recipe: recipe, seed: seed, folder: options.out)
          return run.ships ? [fold(architecture), run] : [run]
        }
      }
    }
  }

  /// In the zoo's order a teacher stands before those whom it teaches.
  private var chosen: [Architecture] {
    let named = options.names.map(\.architecture)
    let wanted = Set(named.map(\.name) + named.compactMap(\.teacher))
    return wanted.isEmpty ? Zoo.all : Zoo.all.filter { wanted.contains($0.name) }
  }

  private func shipping(_ architecture: Architecture) -> ZooRun {
    ZooRun(architecture: architecture, recipe: .house, seed: 0, folder: options.out)
  }

  private func fold(_ architecture: Architecture) -> ZooRun {
    var run = shipping(architecture)
    run.fold = Fold(number: 1, of: Self.foldCount)
    return run
  }

  /// Of 60,000 images 10,000 are held out.
  private static let foldCount = 6

  private func isWanted(_ architecture: Architecture, _ recipe: RecipeName, _ seed: UInt64) -> Bool
  {
    guard options.recipes.isEmpty || options.recipes.contains(recipe) else { return false }
    return switch recipe {
    // An ensemble is three networks, and costs as much.
    case .house: seed == 0 || architecture.network.members.isEmpty
    case .reference: architecture.publishedAccuracy != nil
    }
  }

  /// From all cards that are there, not only those of this invocation.
  private func writeTable() throws {
    let lines = Zoo.all.map { architecture in
      let cards = { (recipe: RecipeName) in
        (0..<UInt64(max(options.seeds, 100))).compactMap {
          ZooRun(architecture: architecture, recipe: recipe, seed: $0, folder: options.out).card
        }
      }
      return ZooTable.Line(
        architecture: architecture, house: cards(.house), reference: cards(.reference))
    }
    let seeds =
      lines.flatMap { $0.house + $0.reference }.compactMap(\.seed).max().map { $0 + 1 } ?? 1
    let table = ZooTable(
      lines: lines, cascade: cascade.card,
      command: "digitlab zoo --seeds \(seeds) --out \(shellWord(options.out))",
      hasStudy: FileManager.default.fileExists(atPath: "\(options.out)/STUDY.md"))
    try OutputFile("\(options.out)/README.md").write(try table.markdown())
  }

  static var command: Command<any Job> {
    Command(
      "zoo", summary: "Train every model that ships, and write the table of models.",
      discussion: """
        Trains each architecture by our recipe, and the published ones by their own too, with seeds
        from 0 on. Seed 0 of our recipe is what ships; of the other runs only the cards are kept, in
        Runs. Beside each model that ships one is trained without a sixth of the images, to fit its
        confidence to these. What has a card by the same recipe is not trained again, so the same
        command continues after Ctrl-C; what ships and is not fitted and calibrated yet is. At the
        end a cascade is made of tiny and ensemble, where both were asked for.
        README.md in the models' folder is rewritten after each training.

        Example:
          digitlab zoo --seeds 1 --only compact --only tiny
        """,
      defaults: ZooOptions(), parameters: parameters, make: ZooJob.init)
  }

  private static var parameters: [Parameter<ZooOptions>] {
    [
      .option("--seeds", into: \.seeds, value: "N", in: 1...100, help: "Seeds for each recipe."),
      .options(
        "--only", into: \.names, value: "NAME", help: "Only this architecture."),
      .options(
        "--recipe", into: \.recipes, value: "NAME",
        help: "Only house or reference (default: both)."),
      .option("--out", into: \.out, value: "DIR", help: "Folder for the models."),
      .flag(
        "--force", into: \.force, help: "Replace models that were trained by other recipes."),
      .option(
        "--data", into: \.data, value: "DIR",
        help: "Folder of the four IDX files (default: where ./dev fetch-mnist puts MNIST)."),
      .option(
        "--threads", into: \.threads, value: "N", in: 1...256,
        help: "Threads to train with (default: one for each usable processor)."),
    ]
  }
}
