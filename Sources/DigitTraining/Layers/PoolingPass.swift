import DigitModel

/// Maximum or mean over square windows.
///
/// The gradient of a maximum goes to the first pixel that holds it.
struct PoolingPass: LayerPass {
  let inputShape: FeatureShape
  let outputShape: FeatureShape
  let pooling: Pooling

  init(input: FeatureShape, pooling: Pooling) {
    inputShape = input
    self.pooling = pooling
    outputShape = FeatureShape(
      height: pooling.window.positionCount(along: input.height),
      width: pooling.window.positionCount(along: input.width), channels: input.channels)
  }

  func forward(_ call: ForwardCall) {
    let channels = inputShape.channels
    let weight = 1 / Float(pooling.size * pooling.size)
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
        for c in 0..<channels { output[c] += input[c] * weight }
      }
    }
  }

  func backward(_ call: BackwardCall) {
    guard let inputGradient = call.inputGradient else { return }
    let channels = inputShape.channels
    let weight = 1 / Float(pooling.size * pooling.size)
    inputGradient.update(repeating: 0, count: call.imageCount * inputShape.count)
    forEachPlace(imageCount: call.imageCount) { outputOffset, inputOffset in
      let gradient = inputGradient + inputOffset
      let outputGradient = call.outputGradient + outputOffset
      switch pooling.kind {
      case .maximum:
        giveToMaximum(
          call.input + inputOffset, call.output + outputOffset, outputGradient, gradient)
      case .average:
        for c in 0..<channels { gradient[c] += outputGradient[c] * weight }
      }
    }
  }

  /// Moves the gradient of each channel whose maximum lies here: once given away it is zero, so
  /// that a second equal pixel gets none. By vectors, as the branch cannot be foreseen.
  private func giveToMaximum(
    _ input: UnsafePointer<Float>, _ maximum: UnsafePointer<Float>,
    _ outputGradient: UnsafeMutablePointer<Float>, _ gradient: UnsafeMutablePointer<Float>
  ) {
    typealias Vector = SIMD8<Float>
    let channels = inputShape.channels
    var c = 0
    while c + Vector.scalarCount <= channels {
      let isMaximum = vector(input + c) .== vector(maximum + c)
      let given = vector(outputGradient + c)
      store(vector(gradient + c) + given.replacing(with: 0, where: .!isMaximum), to: gradient + c)
      store(given.replacing(with: 0, where: isMaximum), to: outputGradient + c)
      c += Vector.scalarCount
    }
    while c < channels {
      if input[c] == maximum[c] {
        gradient[c] += outputGradient[c]
        outputGradient[c] = 0
      }
      c += 1
    }
  }

  @inline(__always)
  private func vector(_ pointer: UnsafePointer<Float>) -> SIMD8<Float> {
    UnsafeRawPointer(pointer).loadUnaligned(as: SIMD8<Float>.self)
  }

  @inline(__always)
  private func store(_ vector: SIMD8<Float>, to pointer: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: vector, as: SIMD8<Float>.self)
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
