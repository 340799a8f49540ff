import DigitFiles
import DigitModel

extension TrainingSet {
  /// Images drawn at random, each changed at random, as bytes of ink: count × pixels.
  ///
  /// - Precondition: there are as many images.
  package func augmented(
    count: Int, seed: UInt64, by augmentation: Augmentation
  ) -> [UInt8] {
    var input = Network.Input()
    (input.height, input.width) = (images.rows, images.columns)
    let loader = ImageLoader(input: input, augmentation: augmentation)
    var random = RandomSource(seed: seed)
    let indices = (0..<self.count).shuffled(using: &random).prefix(count)
    var ink = [Float](repeating: 0, count: images.pixelsPerImage)
    return indices.flatMap { index in
      Array(images.image(index)).withUnsafeBufferPointer { pixels in
        ink.withUnsafeMutableBufferPointer { ink in
          guard let pixels = pixels.baseAddress, let ink = ink.baseAddress else { return }
          loader.loadAugmented(pixels, seed: random.next(), into: ink)
        }
      }
      return ink.map { UInt8(min(255, max(0, ($0 * 255).rounded()))) }
    }
  }
}
