import DigitTraining
import Foundation
import PlainText
import ProgramShell

/// One of the trainings that the table of models needs, and where it leaves its card.
struct ZooRun {
  let architecture: Architecture
  let recipe: RecipeName
  let seed: UInt64
  let folder: String
  /// What it leaves out, so that the confidence of what ships can be fitted to it.
  var fold: Fold?

  /// The model that ships: the house's recipe, the first seed as it comes.
  var ships: Bool { recipe == .house && seed == 0 && fold == nil }

  /// A model that ships lies in the folder; of the other runs only the cards are kept, under Runs.
  var name: String {
    if ships { return architecture.name }
    let which = fold.map { "fold-\($0.number)" } ?? "\(recipe.rawValue)-\(seed)"
    return "\(architecture.name)-\(which)"
  }
  var out: String { ships ? folder : "\(folder)/Runs" }
  private var path: String { "\(out)/\(name)" }
  var weights: String { "\(path).safetensors" }
  /// Of the other runs only the cards are kept.
  private var keepsWeights: Bool { ships || fold != nil }

  /// What has been trained already by the recipe as it is now.
  var card: ModelCard? {
    guard let card = try? ModelCard(readingFrom: "\(path).json"),
      card.recipe == options.recipe(), card.seed == seed, (card.test == nil) == (fold != nil),
      !keepsWeights || FileManager.default.fileExists(atPath: weights)
    else { return nil }
    return card
  }

  /// What ships was trained, but its confidence not fitted, or it was not calibrated for all that
  /// this processor could measure: someone stopped it between, or it could not be.
  var isUnfinished: Bool {
    guard ships, let card else { return false }
    let isCalibrated = CalibrateJob.availablePrecisions.allSatisfy {
      card.precisions?[$0.rawValue] != nil
    }
    return card.confidence == nil || !isCalibrated
  }

  /// Trains from the start, or from where it was interrupted.
  func train(_ zoo: ZooOptions, _ interruption: Interruption) throws -> ModelCard {
    var options = options
    options.data = zoo.data
    options.threads = zoo.threads
    options.force = zoo.force
    options.resume = isBegun
    let card: ModelCard
    do {
      card = try TrainJob(options: options).train(interruption)
    } catch let unusable as CheckpointFile.Unusable {
      say("\(unusable). Starting over.".escaped)
      options.resume = false
      options.force = true
      card = try TrainJob(options: options).train(interruption)
    }
    if !keepsWeights { removeWeights() }
    return card
  }

  func removeWeights() { unsafe unlink(weights) }

  /// The run of the teacher from which this one learns. One that has seen the images of a fold
  /// would tell of them.
  private func run(of teacher: String) -> ZooRun {
    ZooRun(
      architecture: Zoo.architecture(named: teacher)!, recipe: .house, seed: 0, folder: folder,
      fold: fold)
  }

  private var isBegun: Bool {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: out)) ?? []
    return entries.contains { $0.hasPrefix("\(name).") && $0.hasSuffix(".checkpoint") }
  }

  private var options: TrainOptions {
    var options = TrainOptions()
    options.architecture = ArchitectureName(argument: architecture.name)!
    options.recipeName = recipe
    options.seed = seed
    options.out = out
    options.name = ships ? nil : name
    options.fold = fold
    if recipe == .house, let teacher = architecture.teacher {
      options.teachers = [run(of: teacher).weights]
    }
    return options
  }
}
