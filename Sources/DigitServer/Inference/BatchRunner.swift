import DigitModel
import DigitWire

/// Runs batches on the thread that made it, with a workspace of its own.
final class BatchRunner {
  private let models: [LoadedModel]
  private let slab: ImageSlab
  private let workspace: Workspace
  private let tasks: UnsafeMutableBufferPointer<InferenceTask>

  init(models: [LoadedModel], slab: ImageSlab) {
    self.models = models
    self.slab = slab
    workspace = Workspace(byteCount: models.map(\.plan.workspaceByteCount).max() ?? 0)
    tasks = .allocate(capacity: models.map(\.plan.maximumBatch).max() ?? 0)
  }

  deinit { tasks.deallocate() }

  /// Reads the batch's pixels from their slots and writes its probabilities beside them.
  func run(_ batch: Batch) {
    guard batch.imageCount > 0 else { return }
    var count = 0
    for segment in batch.segments {
      let pixelType = segment.pixelType.ofModel
      var slot = slab.slot(segment.skip, after: segment.firstSlot)
      for _ in 0..<segment.count {
        tasks[count] = InferenceTask(
          pixels: slab.pixels(slot), pixelType: pixelType, isRaw: segment.isRaw,
          probabilities: slab.probabilities(slot))
        count += 1
        slot = slab.next(after: slot)
      }
    }
    models[batch.model].plan.run(
      UnsafeBufferPointer(rebasing: tasks[..<count]), workspace: workspace)
  }
}

extension DigitWire.PixelType {
  fileprivate var ofModel: DigitModel.PixelType {
    switch self {
    case .uint8: .uint8
    case .float32: .float32
    }
  }
}
