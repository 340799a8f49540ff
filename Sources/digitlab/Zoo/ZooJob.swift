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
    for (index, run) in runs.enumerated() where run.card == nil || run.lacksCalibration {
      say("\(index + 1) of \(runs.count): \(run.name)")
      if run.card == nil { try train(run, interruption) }
      if run.ships { calibrate(run.name) }
      try writeTable()
    }
    try writeTable()
    say("Wrote \(options.out)/README.md".escaped)
  }

  private func train(_ run: ZooRun, _ interruption: Interruption) throws {
    do {
      let card = try run.train(options, interruption)
      if let test = card.test { say("Test: \(test)") }
    } catch let stop as TrainingRun.Interrupted {
      throw Failure("\(stop). Run the same command to continue.")
    }
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

  /// Those that ship first; then other seeds, which show the spread, and the published recipes.
  private var runs: [ZooRun] {
    let named = options.names.map(\.architecture)
    let wanted = Set(named.map(\.name) + named.compactMap(\.teacher))
    // In the zoo's order a teacher stands before those whom it teaches.
    let chosen = wanted.isEmpty ? Zoo.all : Zoo.all.filter { wanted.contains($0.name) }
    return (0..<UInt64(options.seeds)).flatMap { seed in
      RecipeName.allCases.reversed().flatMap { recipe in
        chosen.filter { isWanted($0, recipe, seed) }.map { architecture in
          ZooRun(architecture: architecture, recipe: recipe, seed: seed, folder: options.out)
        }
      }
    }
  }

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
    let seeds = lines.flatMap { $0.house + $0.reference }.map(\.seed).max().map { $0 + 1 } ?? 1
    let table = ZooTable(
      lines: lines, command: "digitlab zoo --seeds \(seeds) --out \(shellWord(options.out))")
    try OutputFile("\(options.out)/README.md").write(try table.markdown())
  }

  static var command: Command<any Job> {
    Command(
      "zoo", summary: "Train every model that ships, and write the table of models.",
      discussion: """
        Trains each architecture by our recipe, and the published ones by their own too, with seeds
        from 0 on. Seed 0 of our recipe is what ships; of the other runs only the cards are kept, in
        Runs. What has a card by the same recipe is not trained again, so the same command continues
        after Ctrl-C; what ships and is not calibrated yet is calibrated. README.md in the models'
        folder is rewritten after each training.

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
