import DigitModel

/// A convolution, with the ReLU behind it where there is one: a negative sum never reaches memory.
struct ConvolutionPass: LayerPass {
  let inputShape: FeatureShape
  let outputShape: FeatureShape
  private let product: ConvolutionProduct
  private let rectifies: Bool

  /// - Parameter rectifies: whether a ReLU belongs to the pass.
  init(input: FeatureShape, convolution: Convolution, rectifies: Bool) {
    product = ConvolutionProduct(input: input, convolution: convolution)
    self.rectifies = rectifies
    inputShape = input
    outputShape = product.outputShape
  }

  var parameters: [ParameterTensor] { product.parameters }

  func savedFloatCount(imageCount: Int) -> Int {
    max(product.forwardMemoryCount, product.backwardMemoryCount)
  }

  func forward(_ call: ForwardCall) {
    product.prepareForward(call.parameters, call.saved)
    for image in 0..<call.imageCount {
      product.run(
        call.input + image * inputShape.count, to: call.output + image * outputShape.count,
        rectifies: rectifies, call.saved)
    }
  }

  func backward(_ call: BackwardCall) {
    if call.inputGradient != nil { product.prepareBackward(call.parameters, call.saved) }
    let bias = call.parameterGradient + product.weightCount
    for image in 0..<call.imageCount {
      let outputGradient = call.outputGradient + image * outputShape.count
      if rectifies {
        rectify(
          outputGradient, where: call.output + image * outputShape.count, to: outputGradient,
          count: outputShape.count)
      }
      addRows(outputGradient, count: outputShape.pixelCount, to: bias, width: product.filters)
      product.addWeightGradient(
        call.input + image * inputShape.count, outputGradient, to: call.parameterGradient,
        call.saved)
      guard let inputGradient = call.inputGradient else { continue }
      product.setInputGradient(
        inputGradient + image * inputShape.count, outputGradient, call.parameters, call.saved,
        scratch: call.scratch)
    }
  }
}

extension ConvolutionProduct {
  var outputShape: FeatureShape {
    FeatureShape(height: patches.rows, width: patches.columns, channels: filters)
  }

  var parameters: [ParameterTensor] {
    let kernel = patches.kernel
    return [
      ParameterTensor(
        name: "weight", shape: [kernel, kernel, patches.input.channels, filters],
        start: .weights(fanIn: patches.width, fanOut: kernel * kernel * filters)),
      ParameterTensor(name: "bias", shape: [filters], start: .zeros),
    ]
  }
}
