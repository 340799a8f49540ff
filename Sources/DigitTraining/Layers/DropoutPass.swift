/// Zeroes inputs with probability `rate` while training and scales the rest by 1/(1 − rate)
/// (Srivastava et al., JMLR 15, 2014, in the inverted form).
struct DropoutPass: LayerPass {
  let inputShape: FeatureShape
  var outputShape: FeatureShape { inputShape }
  let rate: Float
  /// The layer's place in the network: it draws differently from every other.
  let layer: Int

  /// The factor of every element: 0 or 1/(1 − rate).
  func savedFloatCount(imageCount: Int) -> Int { imageCount * inputShape.count }

  func forward(_ call: ForwardCall) {
    let count = inputShape.count
    guard case .training(let imageSeeds) = call.mode else {
      call.output.update(from: call.input, count: call.imageCount * count)
      return
    }
    let kept = 1 / (1 - rate)
    for image in 0..<call.imageCount {
      var random = RandomSource(seed: RandomSource.seed(imageSeeds[image], UInt64(layer)))
      for i in image * count..<(image + 1) * count {
        call.saved[i] = random.unitFloat() < rate ? 0 : kept
        call.output[i] = call.input[i] * call.saved[i]
      }
    }
  }

  func backward(_ call: BackwardCall) {
    guard let inputGradient = call.inputGradient else { return }
    for i in 0..<call.imageCount * inputShape.count {
      inputGradient[i] = call.outputGradient[i] * call.saved[i]
    }
  }
}
