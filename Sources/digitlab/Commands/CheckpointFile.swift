import DigitFiles
import DigitTraining
import Foundation

/// Where a training keeps what it needs to go on: beside the model that it will become.
struct CheckpointFile {
  let path: String

  func write(_ checkpoint: Checkpoint) throws {
    try writeAtomically(Data(try checkpoint.bytes()), to: path)
  }

  /// Takes a trainer to where the file stands, where there is one.
  func resume(_ trainer: Trainer, on set: TrainingSet) throws {
    guard FileManager.default.fileExists(atPath: path) else {
      throw Failure("--resume: expected a checkpoint at \(path), but there is none")
    }
    do {
      let checkpoint = try Checkpoint(bytes: [UInt8](try Data(contentsOf: URL(filePath: path))))
      try trainer.resume(from: checkpoint, on: set)
    } catch let error as CheckpointError {
      throw Failure("\(path): \(error)")
    }
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }
}
