import DigitModel

/// Images and room for their results, with which a plan runs any selection.
final class Batch {
  let plan: Plan
  private let workspace: Workspace
  private let bytes: [UInt8]
  private let floats: [Float]

  init(_ plan: Plan, imageCount: Int, workspace: Workspace? = nil) {
    self.plan = plan
    self.workspace = workspace ?? Workspace(byteCount: plan.workspaceByteCount)
    bytes = Sample.pixels(images: imageCount)
    floats = bytes.map { Float($0) / 255 }
  }

  /// What each step took in the last run that was profiled.
  private(set) var times: [StepTime] = []

  func run(
    images: [Int], as type: PixelType = .uint8, profiles: Bool = false
  ) -> [[Float]] {
    let classes = plan.classCount
    var results = [Float](repeating: .nan, count: images.count * classes)
    results.withUnsafeMutableBufferPointer { results in
      bytes.withUnsafeBytes { bytes in
        floats.withUnsafeBytes { floats in
          let pixels = type == .uint8 ? bytes : floats
          let tasks = images.enumerated().map { position, image in
            InferenceTask(
              pixels: pixels.baseAddress! + image * plan.pixelCount * type.byteCount,
              pixelType: type, probabilities: results.baseAddress! + position * classes)
          }
          tasks.withUnsafeBufferPointer { tasks in
            if profiles {
              times = plan.profile(tasks, workspace: workspace)
            } else {
              plan.run(tasks, workspace: workspace)
            }
          }
        }
      }
    }
    return stride(from: 0, to: results.count, by: classes).map {
      Array(results[$0..<$0 + classes])
    }
  }
}
