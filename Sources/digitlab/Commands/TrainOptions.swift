import Arguments
import DigitTraining

/// `digitlab train` as typed: what is nil is as the architecture's recipe has it.
struct TrainOptions {
  var architecture = ArchitectureName.mlp
  var name: String?
  var epochs: Int?
  var batch: Int?
  var learningRate: Double?
  var schedule: Schedule.Shape?
  var augmentation: Augmentation?
  var seed: UInt64 = 0
  var threads: Int?
  var data: String?
  var out = "Models"
  var log: String?
  var trainLimit: Int?
  var validation = 0

  /// The recipe with all that was typed put in.
  func recipe(_ recipe: Recipe) -> Recipe {
    var recipe = recipe
    recipe.epochs = epochs ?? recipe.epochs
    recipe.batch = batch ?? recipe.batch
    recipe.learningRate = learningRate ?? recipe.learningRate
    recipe.schedule.shape = schedule ?? recipe.schedule.shape
    recipe.augmentation = augmentation ?? recipe.augmentation
    return recipe
  }

  /// The command that repeats a training, with every setting spelled out.
  func command(_ recipe: Recipe, threads: Int) -> String {
    var words = [
      "digitlab", "train", "--arch", architecture.argument, "--epochs", "\(recipe.epochs)",
      "--batch", "\(recipe.batch)", "--learning-rate", recipe.learningRate.argument,
      "--schedule", recipe.schedule.shape.argument, "--augmentation",
      recipe.augmentation.argument, "--seed", "\(seed)", "--threads", "\(threads)",
    ]
    if let name { words += ["--name", name] }
    if let trainLimit { words += ["--train-limit", "\(trainLimit)"] }
    if validation > 0 { words += ["--validation", "\(validation)"] }
    return words.joined(separator: " ")
  }
}

/// The name of an architecture in the zoo.
struct ArchitectureName: ArgumentValue {
  let architecture: Architecture

  static let mlp = ArchitectureName(argument: "mlp-50-50")!

  static var kind: String {
    let names = Zoo.all.map(\.name)
    return names.dropLast().joined(separator: ", ") + " or " + names[names.count - 1]
  }

  init?(argument: String) {
    guard let architecture = Zoo.architecture(named: argument) else { return nil }
    self.architecture = architecture
  }

  var argument: String { architecture.name }
}

extension Schedule.Shape: ArgumentValue {}

extension Augmentation: ArgumentValue {
  package static var kind: String { "none or DEGREES,PIXELS,SCALE, such as 7.5,1,0.08" }

  package init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Float(argument: String($0)) }
    if argument == "none" {
      self = .none
    } else if numbers.count == 3, parts.count == 3, numbers.allSatisfy({ $0 >= 0 }) {
      self.init(rotationDegrees: numbers[0], shiftPixels: numbers[1], scale: numbers[2])
    } else {
      return nil
    }
  }

  package var argument: String {
    guard self != .none else { return "none" }
    return [rotationDegrees, shiftPixels, scale].map(\.argument).joined(separator: ",")
  }
}
