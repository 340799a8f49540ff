import DigitFiles
import DigitModel

extension Plan {
  /// The probabilities of all images, count × classes, as serving computes them; of the first only
  /// where `shouldStop`, asked after each batch, says so.
  /// - Throws: `TrainingError.wrongImageSize` where the images are not of the network's size.
  package func probabilities(
    of images: ImageSet, shouldStop: () -> Bool = { false }
  ) throws(TrainingError) -> [Float] {
    guard images.rows == network.input.height, images.columns == network.input.width else {
      throw .wrongImageSize(
        expected: [network.input.height, network.input.width],
        got: [images.rows, images.columns])
    }
    let workspace = Workspace(byteCount: workspaceByteCount)
    var probabilities = [Float](repeating: 0, count: images.count * classCount)
    var doneCount = 0
    images.pixels.withUnsafeBytes { pixels in
      probabilities.withUnsafeMutableBufferPointer { probabilities in
        guard let pixels = pixels.baseAddress, let target = probabilities.baseAddress else {
          return
        }
        let tasks = (0..<images.count).map { index in
          InferenceTask(
            pixels: pixels + index * pixelCount, pixelType: .uint8,
            probabilities: target + index * classCount)
        }
        doneCount = run(all: tasks, workspace: workspace, shouldStop: shouldStop)
      }
    }
    return doneCount == images.count
      ? probabilities : Array(probabilities.prefix(doneCount * classCount))
  }

  /// - Returns: how many were run.
  @discardableResult
  func run(
    all tasks: [InferenceTask], workspace: Workspace, shouldStop: () -> Bool = { false }
  ) -> Int {
    tasks.withUnsafeBufferPointer { tasks in
      for start in stride(from: 0, to: tasks.count, by: maximumBatch) {
        if shouldStop() { return start }
        let end = min(start + maximumBatch, tasks.count)
        run(UnsafeBufferPointer(rebasing: tasks[start..<end]), workspace: workspace)
      }
      return tasks.count
    }
  }
}
