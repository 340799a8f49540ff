import DigitFiles
import DigitModel

/// A training under way: with the same images it goes on to the same weights, bit for bit, as if
/// it had never stopped.
package struct Checkpoint: Equatable, Sendable {
  /// What must be the same for a training to go on, and how far it has come.
  struct Header: Codable, Equatable, Sendable {
    var network: Network
    var recipe: Recipe
    var seed: UInt64
    var threads: Int
    var imageCount: Int
    /// The CRC-32 of the training images' pixels and labels.
    var imagesChecksum: UInt32
    /// Steps taken in all.
    var step: Int
    var position: TrainingPosition
    /// Floats in each buffer.
    var counts: [Int]
  }

  var header: Header
  var buffers: [[Float]]

  /// The epoch under way, from 1.
  package var epoch: Int { header.position.epoch }
}

extension Trainer {
  /// The training as it stands, to be called between steps.
  package func checkpoint(on set: TrainingSet) -> Checkpoint {
    let buffers = state.buffers.map {
      Array(UnsafeBufferPointer(start: $0.pointer, count: $0.count))
    }
    var header = ownHeader(on: set)
    header.step = state.step
    header.position = position
    return Checkpoint(header: header, buffers: buffers)
  }

  /// Goes on where a checkpoint stands.
  /// - Throws: `CheckpointError.mismatch` where it is of another training.
  package func resume(
    from checkpoint: Checkpoint, on set: TrainingSet
  ) throws(CheckpointError) {
    try ownHeader(on: set).requireSameTraining(as: checkpoint.header)
    for (buffer, values) in zip(state.buffers, checkpoint.buffers) {
      for (index, value) in values.enumerated() { buffer.pointer[index] = value }
    }
    state.step = checkpoint.header.step
    position = checkpoint.header.position
  }

  private func ownHeader(on set: TrainingSet) -> Checkpoint.Header {
    Checkpoint.Header(
      network: network.network, recipe: recipe, seed: seed, threads: shards.count,
      imageCount: set.count,
      imagesChecksum: CRC32.checksum(of: set.images.pixels)
        ^ CRC32.checksum(of: set.images.labels),
      step: 0, position: TrainingPosition(), counts: state.buffers.map(\.count))
  }
}

extension Checkpoint.Header {
  fileprivate func requireSameTraining(as other: Self) throws(CheckpointError) {
    try require(network == other.network, "network", network.name, other.network.name)
    try require(recipe == other.recipe, "recipe", "that of this command line", "another")
    try require(seed == other.seed, "seed", "\(seed)", "\(other.seed)")
    try require(threads == other.threads, "threads", "\(threads)", "\(other.threads)")
    let isSameData = imageCount == other.imageCount && imagesChecksum == other.imagesChecksum
    try require(
      isSameData, "training images", "those of this command line",
      "\(other.imageCount) others")
    try require(counts == other.counts, "numbers in each part", "\(counts)", "\(other.counts)")
  }

  private func require(
    _ isSame: Bool, _ what: String, _ expected: String, _ got: String
  ) throws(CheckpointError) {
    guard !isSame else { return }
    throw .mismatch(what: what, expected: expected, got: got)
  }
}

/// Why a checkpoint cannot be gone on from.
package enum CheckpointError: Error, Equatable, CustomStringConvertible {
  case notACheckpoint
  case damaged
  case mismatch(what: String, expected: String, got: String)

  package var description: String {
    switch self {
    case .notACheckpoint: "expected a checkpoint of this version, got another file"
    case .damaged: "the checkpoint is damaged: its checksum does not fit"
    case .mismatch(let what, let expected, let got):
      "the checkpoint is of another training: expected as \(what) \(expected), got \(got)"
    }
  }
}
