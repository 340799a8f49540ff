/// Zeroes inputs with probability `rate` while training and scales the rest by 1/(1 − rate)
/// (Srivastava et al., JMLR 15, 2014, in the inverted form).
struct DropoutPass: LayerPass {
  let inputShape: FeatureShape
  var outputShape: FeatureShape { inputShape }
  let rate: Float
  /// The layer's index in the network: it draws differently from every other.
  let layer: Int

  /// 16 random bits for each element: an element is dropped where they are below `threshold`.
  func savedFloatCount(imageCount: Int) -> Int { imageCount * wordsPerImage * 2 }
  private var wordsPerImage: Int { (inputShape.count + 3) / 4 }
  private var threshold: Float { (rate * 65_536).rounded() }
  private var kept: Float { 1 / (1 - rate) }

  func forward(_ call: ForwardCall) {
    let count = inputShape.count
    guard case .training(let imageSeeds) = call.mode else {
      call.output.update(from: call.input, count: call.imageCount * count)
      return
    }
    for image in 0..<call.imageCount {
      let draws = draws(call.saved, image)
      var random = RandomSource(seed: RandomSource.seed(imageSeeds[image], UInt64(layer)))
      draws.withMemoryRebound(to: UInt64.self, capacity: wordsPerImage) { words in
        for word in 0..<wordsPerImage { words[word] = random.next() }
      }
      thin(call.input + image * count, by: draws, to: call.output + image * count)
    }
  }

  func backward(_ call: BackwardCall) {
    guard let inputGradient = call.inputGradient else { return }
    let count = inputShape.count
    for image in 0..<call.imageCount {
      thin(
        call.outputGradient + image * count, by: draws(call.saved, image),
        to: inputGradient + image * count)
    }
  }

  private func draws(
    _ saved: UnsafeMutablePointer<Float>, _ image: Int
  ) -> UnsafeMutablePointer<UInt16> {
    UnsafeMutableRawPointer(saved + 2 * image * wordsPerImage)
      .assumingMemoryBound(to: UInt16.self)
  }

  /// Scales what is kept of one image, and zeroes the rest.
  private func thin(
    _ source: UnsafePointer<Float>, by draws: UnsafePointer<UInt16>,
    to target: UnsafeMutablePointer<Float>
  ) {
    // Compared as floats, and multiplied by 0 or `kept`: so the loop goes by vectors.
    let (threshold, kept) = (threshold, kept)
    for i in 0..<inputShape.count {
      target[i] = source[i] * (Float(draws[i]) < threshold ? 0 : kept)
    }
  }
}
