import DigitKernels
import DigitModel

/// A convolution, the ReLU behind it where there is one, and the maximum over windows of 2 × 2.
///
/// Only the maxima are kept, and which position of its window each came from. At most one in four
/// entries of the convolution's gradient is not zero, fewer after ReLU and dropout, and the
/// backward pass visits only those (`LiveEntries`).
struct PooledConvolutionPass: LayerPass {
  let inputShape: FeatureShape
  let outputShape: FeatureShape
  private let product: ConvolutionProduct
  private let rectifies: Bool

  init(input: FeatureShape, convolution: Convolution, rectifies: Bool) {
    product = ConvolutionProduct(input: input, convolution: convolution)
    self.rectifies = rectifies
    inputShape = input
    let map = product.outputShape
    outputShape = FeatureShape(
      height: map.height / 2, width: map.width / 2, channels: map.channels)
  }

  /// Whether the pass can be made for what follows a convolution.
  static func canFuse(_ pooling: Pooling) -> Bool { pooling == Pooling(.maximum, size: 2) }

  var parameters: [ParameterTensor] { product.parameters }
  private var mapShape: FeatureShape { product.outputShape }

  /// Whether blocks of whole vectors allow to visit live entries only.
  private var isSparse: Bool {
    let runLength = product.patches.kernel * inputShape.channels
    return product.patches.padding == 0
      && runLength % KernelTable.chosen.panels.vectorWidth == 0
  }

  // [windows: imageCount × output bytes][map of one image][what products and entries need]

  private func windowCount(_ imageCount: Int) -> Int {
    FlatBuffer.aligned((imageCount * outputShape.count + 3) / 4)
  }

  func savedFloatCount(imageCount: Int) -> Int {
    let entries = LiveEntries.floatCount(product, outputShape)
    return windowCount(imageCount) + FlatBuffer.aligned(mapShape.count)
      + max(product.forwardMemoryCount, product.backwardMemoryCount, entries)
  }

  private func windows(_ saved: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<UInt8> {
    UnsafeMutableRawPointer(saved).assumingMemoryBound(to: UInt8.self)
  }

  func forward(_ call: ForwardCall) {
    let map = call.saved + windowCount(call.imageCount)
    let memory = map + FlatBuffer.aligned(mapShape.count)
    product.prepareForward(call.parameters, memory)
    for image in 0..<call.imageCount {
      product.run(
        call.input + image * inputShape.count, to: map, rectifies: rectifies, memory)
      WindowMaxima(map: mapShape, pooled: outputShape, rectifies: rectifies).take(
        map, call.output + image * outputShape.count,
        windows(call.saved) + image * outputShape.count)
    }
  }

  func backward(_ call: BackwardCall) {
    let map = call.saved + windowCount(call.imageCount)
    let memory = map + FlatBuffer.aligned(mapShape.count)
    guard isSparse else { return backwardDense(call, map, memory) }
    let entries = LiveEntries(product, outputShape, memory: memory)
    entries.begin(call.parameters)
    for image in 0..<call.imageCount {
      entries.add(
        windows(call.saved) + image * outputShape.count,
        gradient: call.outputGradient + image * outputShape.count,
        input: call.input + image * inputShape.count,
        inputGradient: call.inputGradient.map { $0 + image * inputShape.count })
    }
    entries.end(call.parameterGradient)
  }

  private func backwardDense(
    _ call: BackwardCall, _ map: UnsafeMutablePointer<Float>,
    _ memory: UnsafeMutablePointer<Float>
  ) {
    let maxima = WindowMaxima(map: mapShape, pooled: outputShape, rectifies: rectifies)
    let bias = call.parameterGradient + product.weightCount
    if call.inputGradient != nil { product.prepareBackward(call.parameters, memory) }
    for image in 0..<call.imageCount {
      maxima.giveBack(
        call.outputGradient + image * outputShape.count,
        windows(call.saved) + image * outputShape.count, map)
      addRows(map, count: mapShape.pixelCount, to: bias, width: product.filters)
      product.addWeightGradient(
        call.input + image * inputShape.count, map, to: call.parameterGradient, memory)
      guard let inputGradient = call.inputGradient else { continue }
      product.setInputGradient(
        inputGradient + image * inputShape.count, map, call.parameters, memory,
        scratch: call.scratch)
    }
  }
}
