import DigitModel

/// Runs batches on the thread that made it, with a workspace of its own, which grows when a model
/// needs more than those before it.
final class BatchRunner {
  /// The loops' slabs, by loop.
  private let slabs: [ImageSlab]
  private var workspace: Workspace
  private let tasks: UnsafeMutableBufferPointer<InferenceTask>

  /// - Parameter workspaceByteCount: what the models that are served at first need.
  init(slabs: [ImageSlab], imagesPerBatchMax: Int, workspaceByteCount: Int) {
    self.slabs = slabs
    workspace = Workspace(byteCount: workspaceByteCount)
    tasks = .allocate(capacity: imagesPerBatchMax)
  }

  deinit { tasks.deallocate() }

  /// Reads the batch's pixels from their slots and writes its probabilities beside them.
  func run(_ batch: borrowing Batch) {
    guard let plan = batch.model?.plan, batch.imageCount > 0 else { return }
    plan.run(prepare(batch, for: plan), workspace: workspace)
  }

  /// As `run`, but computes only the first stage of a cascade.
  /// - Returns: whether that answers every image.
  func runFirstStage(_ batch: borrowing Batch) -> Bool {
    guard let plan = batch.model?.plan, batch.imageCount > 0 else { return true }
    return plan.runFirstStage(prepare(batch, for: plan), workspace: workspace)
  }

  private func prepare(
    _ batch: borrowing Batch, for plan: Plan
  ) -> UnsafeBufferPointer<InferenceTask> {
    var count = 0
    for segment in batch.segments {
      let slab = slabs[Int(segment.loop)]
      var slot = slab.slot(segment.skip, after: segment.firstSlot)
      for _ in 0..<segment.count {
        tasks[count] = InferenceTask(
          pixels: slab.pixels(slot), pixelType: segment.pixelType, isRaw: segment.isRaw,
          probabilities: slab.probabilities(slot))
        count += 1
        slot = slab.next(after: slot)
      }
    }
    if workspace.byteCount < plan.workspaceByteCount {
      workspace = Workspace(byteCount: plan.workspaceByteCount)
    }
    return UnsafeBufferPointer(rebasing: tasks[..<count])
  }
}
