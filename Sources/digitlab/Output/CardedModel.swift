import DigitModel
import FileAccess
import Foundation

/// A model file that is changed where it lies, and its card.
struct CardedModel {
  /// Of the file itself, not of a link to it.
  let path: String

  init(_ name: String, in folder: String) {
    path = URL(filePath: Model.path(name, in: folder)).resolvingSymlinksInPath().relativePath
  }

  var cardPath: String? {
    let suffix = ".safetensors"
    return path.hasSuffix(suffix) ? path.dropLast(suffix.count) + ".json" : nil
  }

  /// Nil where there is none.
  func card() throws -> ModelCard? {
    guard let cardPath, FileManager.default.fileExists(atPath: cardPath) else {
      return nil
    }
    return try ModelCard(readingFrom: cardPath)
  }

  /// - Parameter change: what the card, where there is one, says otherwise of the model.
  func write(_ model: Model, _ change: (inout ModelCard) throws -> Void) throws {
    let card = try card()
    try model.write(to: path)
    guard var card, let cardPath else { return }
    card.weightsSHA256 = try Model.weightsSHA256(path)
    try change(&card)
    try OutputFile(cardPath).write(try card.json)
  }
}
