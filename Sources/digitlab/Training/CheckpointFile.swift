import DigitFiles
import DigitTraining
import FileAccess
import Foundation

/// The state from which a training can be resumed, stored beside the model that it will become.
struct CheckpointFile {
  let path: String

  /// Far above what the largest network of the zoo needs.
  private static let byteCountMax = 96 << 20

  /// It is no checkpoint, or that of another training.
  struct Unusable: Error, CustomStringConvertible {
    let description: String
  }

  func write(_ checkpoint: Checkpoint) throws {
    try OutputFile(path).write(try checkpoint.bytes())
  }

  var exists: Bool { FileManager.default.fileExists(atPath: path) }

  /// Takes a trainer to where the file stands.
  ///
  /// - Throws: `Unusable`, and what reading throws.
  func resume(_ trainer: Trainer, on set: TrainingSet) throws {
    do {
      let checkpoint = try Checkpoint(
        bytes: try InputFile.read(path, limit: Self.byteCountMax, kinds: .files))
      try trainer.resume(from: checkpoint, on: set)
    } catch let error as CheckpointError {
      throw Unusable(description: "\(path): \(error)")
    }
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }
}
