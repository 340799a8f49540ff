import Arguments
import DigitTraining
import Foundation
import ProgramShell

/// `digitlab train` as typed: what is nil is as the architecture's recipe has it.
struct TrainOptions {
  var architecture = ArchitectureName.mlp
  var recipeName = RecipeName.house
  var name: String?
  var epochs: Int?
  var batch: Int?
  var learningRate: Double?
  var schedule: Schedule.Shape?
  var augmentation: Augmentation?
  var seed: UInt64 = 0
  var threads: Int?
  var data: String?
  /// Nil for a folder of its own in `runs`.
  var out: String?
  var log: String?
  var trainLimit: Int?
  var validation = 0
  var resume = false
  var force = false
  var fold: Fold?
  var teachers: [String] = []
  var teacherWeight = 0.9

  var modelName: String { name ?? architecture.architecture.name }
  var folder: String { out ?? "runs/\(modelName)" }
  var files: TrainingFiles {
    TrainingFiles(folder: folder, path: "\(folder)/\(modelName)")
  }
  var intent: TrainingFiles.Intent { resume ? .resume : force ? .replace : .begin }
  var threadCount: Int { threads ?? ProcessorCount.usable }

  /// The recipe with all that was typed put in.
  func recipe() -> Recipe {
    var recipe = architecture.architecture.recipe(recipeName)
    recipe.epochs = epochs ?? recipe.epochs
    recipe.batch = batch ?? recipe.batch
    recipe.learningRate = learningRate ?? recipe.learningRate
    recipe.schedule.shape = schedule ?? recipe.schedule.shape
    recipe.augmentation = augmentation ?? recipe.augmentation
    if !teachers.isEmpty { recipe.teacherWeight = Float(teacherWeight) }
    return recipe
  }

  /// The command that repeats a training, with every setting spelled out.
  func command(_ recipe: Recipe, threads: Int) -> String {
    var words = [
      "digitlab", "train", "--arch", architecture.argument, "--recipe",
      recipeName.argument, "--epochs", "\(recipe.epochs)",
      "--batch", "\(recipe.batch)", "--learning-rate", recipe.learningRate.argument,
      "--schedule", recipe.schedule.shape.argument, "--augmentation",
      recipe.augmentation.argument, "--seed", "\(seed)", "--threads", "\(threads)",
    ]
    if let name { words += ["--name", name] }
    if let trainLimit { words += ["--train-limit", "\(trainLimit)"] }
    if validation > 0 { words += ["--validation", "\(validation)"] }
    if let fold { words += ["--fold", fold.argument] }
    if let data { words += ["--data", data] }
    for teacher in teachers { words += ["--teacher", teacher] }
    if !teachers.isEmpty { words += ["--teacher-weight", teacherWeight.argument] }
    return words.map(shellWord).joined(separator: " ")
  }

  /// The command that resumes an interrupted training.
  func resumingCommand(_ recipe: Recipe, threads: Int) -> String {
    var words = [command(recipe, threads: threads)]
    if let out { words += ["--out", shellWord(out)] }
    if let log { words += ["--log", shellWord(log)] }
    return (words + ["--resume"]).joined(separator: " ")
  }
}

/// A word as a shell takes it, quoted where it must be.
func shellWord(_ word: String) -> String {
  let plain = word.utf8.allSatisfy { byte in
    UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
      || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "-_./,:=@+%".utf8.contains(byte)
  }
  return plain && !word.isEmpty ? word : "'\(word.replacing("'", with: #"'\''"#))'"
}
