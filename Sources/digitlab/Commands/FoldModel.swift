import DigitFiles
import DigitModel
import DigitTraining
import ProgramShell

/// A model of the same kind as another, trained without a fold.
struct FoldModel {
  let path: String
  let model: Model
  let card: ModelCard
  let heldOut: HeldOut

  /// - Parameter other: of the model whose settings are to be chosen by it.
  init(_ path: String, like other: ModelCard) throws {
    self.path = path
    model = try Model(contentsOf: path)
    guard let card = try CardedModel(path, in: "").card(), let heldOut = card.heldOut else {
      throw Failure(
        "\(path): expected a model of digitlab train --fold and its card, got another")
    }
    guard card.architecture == other.architecture, card.recipe == other.recipe else {
      throw Failure(
        "\(path): expected the architecture and the recipe of \(other.name), got others")
    }
    guard try model.confidence() == nil else {
      throw Failure("\(path): expected a model that was not fitted itself")
    }
    self.card = card
    self.heldOut = heldOut
  }

  /// The images that it has not learnt from.
  ///
  /// - Parameters:
  ///   - all: the training images of the folder.
  ///   - sums: of the folder's files.
  func heldOutImages(of all: TrainingSet, in folder: DataFolder, sums: [String: String]) throws
    -> TrainingSet
  {
    guard card.dataSHA256 == sums else {
      throw Failure(
        "\(path) was trained on other images than those of \(folder.path): "
          + "name its folder with --data")
    }
    return try heldOut.images(of: all)
  }
}

extension HeldOut {
  /// - Parameter all: the training images, from which the folds were made.
  fileprivate func images(of all: TrainingSet) throws -> TrainingSet {
    guard let fold = Fold(argument: fold), (fold.count...max(fold.count, all.count)) ~= imageCount
    else {
      throw Failure("the card of a fold's model: fold \(fold) of \(imageCount) images cannot be")
    }
    return fold.split(all.prefix(imageCount)).validation
  }
}
