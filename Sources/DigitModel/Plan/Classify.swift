extension Plan {
  /// Classifies images on this thread, batch by batch, with a workspace of its own.
  ///
  /// - Parameter pixels: images × `pixelCount` bytes of ink 0…255.
  /// - Returns: images × `classCount` probabilities.
  package func classify(_ pixels: [UInt8]) -> [Float] {
    var observer = NoObserver()
    return classify(pixels, &observer)
  }

  @discardableResult
  func classify(_ pixels: [UInt8], _ observer: inout some StepObserver) -> [Float] {
    precondition(pixels.count % pixelCount == 0, "a part of an image is left over")
    let workspace = Workspace(byteCount: workspaceByteCount)
    let imageCount = pixels.count / pixelCount
    return [Float](unsafeUninitializedCapacity: imageCount * classCount) { result, count in
      guard let target = result.baseAddress else { return }
      pixels.withUnsafeBytes { source in
        guard let source = source.baseAddress else { return }
        for first in stride(from: 0, to: imageCount, by: maximumBatch) {
          let tasks = (first..<min(imageCount, first + maximumBatch)).map { image in
            InferenceTask(
              pixels: source + image * pixelCount, pixelType: .uint8,
              probabilities: target + image * classCount)
          }
          tasks.withUnsafeBufferPointer { run($0, workspace, &observer) }
        }
      }
      count = imageCount * classCount
    }
  }
}
