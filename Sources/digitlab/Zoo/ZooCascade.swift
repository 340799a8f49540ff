import DigitModel
import DigitTraining
import FileAccess
import Foundation

/// The cascade that ships: made of two models that ship, whenever one of these is another.
struct ZooCascade {
  /// Architectures, in their order.
  static let stages = ["tiny", "ensemble"]
  static let name = "cascade"

  let folder: String

  private var path: String { "\(folder)/\(Self.name)" }

  /// That of the cascade of the stages as they are now.
  var card: ModelCard? {
    guard let card = try? ModelCard(readingFrom: "\(path).json"),
      FileManager.default.fileExists(atPath: "\(path).safetensors"),
      let made = card.cascade?.stages.map(\.weightsSHA256),
      let stages = try? Self.stages.map({ try Model.weightsSHA256("\(folder)/\($0).safetensors") }),
      made == stages
    else { return nil }
    return card
  }

  /// It was not calibrated for all that this processor could measure.
  var isUncalibrated: Bool {
    CalibrateJob.availablePrecisions.contains { card?.precisions?[$0.rawValue] == nil }
  }

  /// - Parameter folds: of each stage the model that was trained without the same fold.
  func make(_ folds: [ZooRun], _ zoo: ZooOptions) throws {
    var options = CascadeOptions()
    options.stages = Self.stages
    options.models = folder
    options.foldModels = folds.map(\.weights)
    options.out = "\(path).safetensors"
    options.data = zoo.data
    try CascadeJob(options: options).run()
  }
}
