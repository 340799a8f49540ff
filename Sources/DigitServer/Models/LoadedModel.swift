import DigitModel
import DigitWire

/// A model that is ready to serve: immutable, and shared by all threads.
package final class LoadedModel: Sendable {
  package let name: String
  package let version: UInt32
  let plan: Plan

  package init(name: String, version: UInt32 = 1, plan: Plan) {
    self.name = name
    self.version = version
    self.plan = plan
  }

  /// Runs the smallest and the largest batch, so that no request is the first to touch the weights.
  package func warm() {
    let workspace = Workspace(byteCount: plan.workspaceByteCount)
    let blank = [UInt8](repeating: 0, count: plan.pixelCount)
    var probabilities = [Float](repeating: 0, count: plan.classCount)
    blank.withUnsafeBytes { pixels in
      probabilities.withUnsafeMutableBufferPointer { output in
        let task = InferenceTask(
          pixels: pixels.baseAddress!, pixelType: .uint8, probabilities: output.baseAddress!)
        for count in [1, plan.maximumBatch] {
          let tasks = Array(repeating: task, count: count)
          tasks.withUnsafeBufferPointer { plan.run($0, workspace: workspace) }
        }
      }
    }
  }
}
