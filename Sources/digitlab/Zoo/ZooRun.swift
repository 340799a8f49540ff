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

  /// The model that ships: the house's recipe, the first seed as it comes.
  var ships: Bool { recipe == .house && seed == 0 }

  /// A model that ships lies in the folder; of the other runs only the cards are kept, under Runs.
  var name: String {
    ships ? architecture.name : "\(architecture.name)-\(recipe.rawValue)-\(seed)"
  }
  var out: String { ships ? folder : "\(folder)/Runs" }
  private var path: String { "\(out)/\(name)" }

  /// What has been trained already by the recipe as it is now.
  var card: ModelCard? {
    guard let card = try? ModelCard(readingFrom: "\(path).json"),
      card.recipe == options.recipe(), card.seed == seed, card.test != nil,
      !ships || FileManager.default.fileExists(atPath: "\(path).safetensors")
    else { return nil }
    return card
  }

  /// What ships was trained, but not calibrated for all that this processor could measure: someone
  /// stopped it between, or it could not be.
  var lacksCalibration: Bool {
    guard ships, let card else { return false }
    return CalibrateJob.availablePrecisions.contains { card.precisions?[$0.rawValue] == nil }
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
    // Of these only the cards are kept.
    if !ships { unsafe unlink("\(path).safetensors") }
    return card
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
    if recipe == .house, let teacher = architecture.teacher {
      options.teachers = ["\(folder)/\(teacher).safetensors"]
    }
    return options
  }
}
