import DigitModel

/// Maximum or mean over square windows.
///
/// The gradient of a maximum goes to the first place that holds it.
struct PoolingPass: LayerPass {
  let inputShape: FeatureShape
  let outputShape: FeatureShape
  let pooling: Pooling

  init(input: FeatureShape, pooling: Pooling) {
    inputShape = input
    self.pooling = pooling
    outputShape = FeatureShape(
      height: (input.height - pooling.size) / pooling.stride + 1,
      width: (input.width - pooling.size) / pooling.stride + 1, channels: input.channels)
  }

  func forward(_ call: ForwardCall) {
    let channels = inputShape.channels
    let share = 1 / Float(pooling.size * pooling.size)
    call.output.update(
      repeating: pooling.kind == .maximum ? -.infinity : 0,
      count: call.imageCount * outputShape.count)
    forEachPlace(imageCount: call.imageCount) { outputOffset, inputOffset in
      let output = call.output + outputOffset
      let input = call.input + inputOffset
      switch pooling.kind {
      case .maximum:
        for c in 0..<channels { output[c] = input[c] > output[c] ? input[c] : output[c] }
      case .average:
        for c in 0..<channels { output[c] += input[c] * share }
      }
    }
  }

  func backward(_ call: BackwardCall) {
    guard let inputGradient = call.inputGradient else { return }
    let channels = inputShape.channels
    let share = 1 / Float(pooling.size * pooling.size)
    inputGradient.update(repeating: 0, count: call.imageCount * inputShape.count)
    forEachPlace(imageCount: call.imageCount) { outputOffset, inputOffset in
      let gradient = inputGradient + inputOffset
      let outputGradient = call.outputGradient + outputOffset
      switch pooling.kind {
      case .maximum:
        let input = call.input + inputOffset
        let output = call.output + outputOffset
        // Once given away, the gradient of a window is set to zero.
        for c in 0..<channels {
          let isMaximum = input[c] == output[c]
          gradient[c] += isMaximum ? outputGradient[c] : 0
          outputGradient[c] = isMaximum ? 0 : outputGradient[c]
        }
      case .average:
        for c in 0..<channels { gradient[c] += outputGradient[c] * share }
      }
    }
  }

  /// Calls `body` with the offsets of an output pixel and of an input pixel in its window, for
  /// all windows and, within each, row by row.
  @inline(__always)
  private func forEachPlace(imageCount: Int, _ body: (_ output: Int, _ input: Int) -> Void) {
    let channels = inputShape.channels
    var output = 0
    for image in 0..<imageCount {
      for row in 0..<outputShape.height {
        for column in 0..<outputShape.width {
          for y in row * pooling.stride..<row * pooling.stride + pooling.size {
            for x in column * pooling.stride..<column * pooling.stride + pooling.size {
              body(output, image * inputShape.count + (y * inputShape.width + x) * channels)
            }
          }
          output += channels
        }
      }
    }
  }
}
