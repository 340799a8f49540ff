import CTestImageHashes

/// Images that may be learnt from: the only kind that trainers and calibrators accept.
///
/// None of the 10,000 MNIST test images can be in one. Images are recognised by the hash of their
/// pixels, so neither renaming a file, nor cutting, nor shuffling it lets one through.
package struct TrainingSet: Equatable, Sendable {
  package let images: ImageSet

  /// - Parameter source: what errors call the images, such as the file's path.
  /// - Throws: `DataFileError.Fault.containsTestImages`.
  package init(_ images: ImageSet, source: String) throws(DataFileError) {
    let found = (0..<images.count).filter { TestImages.contains(images.image($0)) }
    if let first = found.first {
      throw DataFileError(source, .containsTestImages(count: found.count, firstIndex: first))
    }
    self.images = images
  }

  private init(checked images: ImageSet) { self.images = images }

  package var count: Int { images.count }

  /// The images at the given indices, in that order.
  package func subset(_ indices: some Sequence<Int>) -> TrainingSet {
    TrainingSet(checked: images.subset(indices))
  }

  package func prefix(_ count: Int) -> TrainingSet {
    TrainingSet(checked: images.prefix(count))
  }
}

/// The 10,000 MNIST test images, by the first 8 bytes of the SHA-256 of their pixels.
enum TestImages {
  static func contains(_ pixels: ArraySlice<UInt8>) -> Bool {
    hashes.contains(hash(SHA256.digest(of: pixels)))
  }

  private static let hashes: Set<UInt64> = {
    let bytes = UnsafeBufferPointer(
      start: digits_test_image_hashes(), count: 8 * Int(DIGITS_TEST_IMAGE_COUNT))
    return Set(stride(from: 0, to: bytes.count, by: 8).map { hash(bytes[$0..<$0 + 8]) })
  }()

  private static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
