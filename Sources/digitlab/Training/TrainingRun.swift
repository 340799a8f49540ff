import DigitFiles
import DigitModel
import DigitTraining
import Foundation
import PlainText
import ProgramShell

/// One training, from images to a model: of a network, or of an ensemble's members in turn.
///
/// What is needed to resume is kept beside the model to be: a checkpoint of each network, written
/// after every epoch. A finished member's is its last, with its weights and its log.
struct TrainingRun {
  let network: Network
  let recipe: Recipe
  let seed: UInt64
  let threads: Int
  let teachers: [Model]
  /// The model's path without its suffix.
  let path: String
  let interruption: Interruption

  /// Someone stopped it, and it is saved.
  struct Interrupted: Error, CustomStringConvertible {
    let network: String
    let epoch: Int
    let epochs: Int

    var description: String {
      "\(network) was interrupted in epoch \(epoch) of \(epochs), and saved"
    }
  }

  /// What was trained.
  struct Result {
    var model: Model
    /// One for each network.
    var logs: [TrainingLog]
    var parameterCount: Int
  }

  /// Whether a run like this one was begun before.
  var isBegun: Bool {
    checkpoints.contains(where: \.exists)
  }

  /// Of each network.
  var checkpoints: [CheckpointFile] { network.memberNetworks.indices.map(checkpoint) }

  /// - Throws: `Interrupted`, after which the same run continues with `resumes`; and what the
  ///   trainer and the files throw.
  func run(on training: TrainingSet, validation: TrainingSet?, resumes: Bool) throws -> Result {
    var models: [Model] = []
    var logs: [TrainingLog] = []
    if !resumes { cleanUp() }
    for index in network.memberNetworks.indices {
      let (model, log) = try train(index, on: training, validation, resumes: resumes)
      models.append(model)
      logs.append(log)
    }
    if let conditioning = recipe.conditioning {
      for index in models.indices { models[index].network.input.conditioning = conditioning }
    }
    let model = isEnsemble ? Model(name: network.name, meanOf: models) : models[0]
    return Result(
      model: model, logs: logs, parameterCount: try NetworkSize(network).parameterCount)
  }

  /// Removes the checkpoints: the model has been written.
  func cleanUp() {
    for index in network.memberNetworks.indices { checkpoint(of: index).remove() }
  }

  private func train(
    _ index: Int, on training: TrainingSet, _ validation: TrainingSet?, resumes: Bool
  ) throws -> (Model, TrainingLog) {
    let member = network.memberNetworks[index]
    let seed = isEnsemble ? RandomSource.seed(seed, UInt64(index)) : seed
    let trainer = try Trainer(
      member, recipe: recipe, seed: seed, threads: threads,
      teacher: teachers.isEmpty ? nil : try Teacher(teachers, of: member))
    let checkpoint = checkpoint(of: index)
    if resumes, checkpoint.exists { try checkpoint.resume(trainer, on: training) }
    guard !trainer.isFinished else { return (trainer.model, try trainer.train(on: training)) }
    say(
      "Training \(member.name): \(training.count) images, \(counted(recipe.epochs, "epoch")), "
        + "\(counted(threads, "thread")), seed \(seed)")
    let progress = ProgressLine(epochs: recipe.epochs, imagesPerEpoch: training.count)
    let log = try trainer.train(
      on: training, validation: validation, shouldStop: { interruption.isRequested },
      report: { report in
        progress.show(report)
        guard case .finished = report else { return }
        do {
          try checkpoint.write(trainer.checkpoint(on: training))
        } catch {
          say("No checkpoint of this epoch: \(error)".escaped)
        }
      })
    guard trainer.isFinished else {
      let stand = trainer.checkpoint(on: training)
      try checkpoint.write(stand)
      throw Interrupted(network: member.name, epoch: stand.epoch, epochs: recipe.epochs)
    }
    return (trainer.model, log)
  }

  // MARK: - What is kept

  private var isEnsemble: Bool { !network.members.isEmpty }

  private func path(of index: Int) -> String {
    isEnsemble ? "\(path).\(network.memberNetworks[index].name)" : path
  }

  func checkpoint(of index: Int) -> CheckpointFile {
    CheckpointFile(path: "\(path(of: index)).checkpoint")
  }
}
