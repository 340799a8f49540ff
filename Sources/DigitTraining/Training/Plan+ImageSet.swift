import DigitFiles
import DigitModel

extension Plan {
  /// The probabilities of all images, count × classes, as serving computes them.
  /// - Throws: `TrainingError.wrongImageSize` where the images are not of the network's size.
  package func probabilities(of images: ImageSet) throws(TrainingError) -> [Float] {
    guard images.rows == network.input.height, images.columns == network.input.width else {
      throw .wrongImageSize(
        expected: [network.input.height, network.input.width],
        got: [images.rows, images.columns])
    }
    let workspace = Workspace(byteCount: workspaceByteCount)
    var probabilities = [Float](repeating: 0, count: images.count * classCount)
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
        run(all: tasks, workspace: workspace)
      }
    }
    return probabilities
  }

  func run(all tasks: [InferenceTask], workspace: Workspace) {
    tasks.withUnsafeBufferPointer { tasks in
      for start in stride(from: 0, to: tasks.count, by: maximumBatch) {
        let end = min(start + maximumBatch, tasks.count)
        run(UnsafeBufferPointer(rebasing: tasks[start..<end]), workspace: workspace)
      }
    }
  }
}
