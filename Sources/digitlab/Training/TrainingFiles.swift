import FileAccess
import Foundation
import PlainText
import ProgramShell

/// The files that a training writes, and what is there already.
struct TrainingFiles {
  /// The folder, and in it the model's path without its suffix.
  let folder: String
  let path: String

  var weights: String { "\(path).safetensors" }
  var card: String { "\(path).json" }

  /// What an earlier training left.
  enum Standing: Equatable {
    case empty
    /// A checkpoint.
    case interrupted(String)
    /// A model, or its card.
    case finished(String)
  }

  enum Intent {
    case begin, resume, replace
  }

  /// - Throws: `Failure` where the training would lose what is there.
  static func check(_ standing: Standing, for intent: Intent) throws(Failure) {
    switch (intent, standing) {
    case (.begin, .empty), (.resume, _), (.replace, _): return
    case (.begin, .interrupted(let file)):
      throw Failure(
        "expected no unfinished training, got the checkpoint \(file): continue it with --resume, "
          + "start over with --force, or write to other files with --name or --out")
    case (.begin, .finished(let file)):
      throw Failure(
        "expected no model there yet, got \(file): replace it with --force, "
          + "or write to other files with --name or --out")
    }
  }

  /// - Parameter checkpoints: of this training.
  func standing(checkpoints: [CheckpointFile]) -> Standing {
    if let checkpoint = checkpoints.first(where: \.exists) { return .interrupted(checkpoint.path) }
    let files = [weights, card].filter(FileManager.default.fileExists)
    return files.first.map { .finished($0) } ?? .empty
  }

  /// Makes the folder, and keeps other trainings from the same files.
  func lock() throws -> LockFile {
    try createFolder(folder)
    do {
      return try LockFile("\(path).lock")
    } catch let held as LockFile.Held {
      let process = held.processID.map { " (process \($0))" } ?? ""
      throw Failure(
        "another training\(process) is writing \(path): wait for it, or write to other "
          + "files with --name or --out")
    }
  }
}
