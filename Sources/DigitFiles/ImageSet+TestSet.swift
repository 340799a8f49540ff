extension ImageSet {
  /// Whether these are the MNIST test images, all of them in their order.
  package var isMNISTTestSet: Bool {
    guard count == 10_000, rows == 28, columns == 28 else { return false }
    let file = IDXFile(dimensions: [count, rows, columns], values: pixels)
    return file.sha256 == "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
  }
}
