import DigitKernels
import DigitModel

/// A convolution as a matrix product for each image: the patches under the kernel, one a row,
/// times the weights (Chellapilla et al., "High Performance Convolutional Neural Networks for
/// Document Processing", 2006).
///
///     Y[pixels × out] = P[pixels × kernel·kernel·in] · W + b
///     dW = Pᵀ · dY,  db = the column sums of dY,  dP = dY · Wᵀ, which is added back to dX
///
/// The patches are made again for the backward pass: keeping them would take kernel² times the
/// memory of the feature map.
struct ConvolutionPass: LayerPass {
  let inputShape: FeatureShape
  let outputShape: FeatureShape
  private let patches: Patches
  private var weightCount: Int { patches.width * outputShape.channels }

  init(input: FeatureShape, convolution: Convolution) {
    patches = Patches(input: input, convolution: convolution)
    inputShape = input
    outputShape = FeatureShape(
      height: patches.rows, width: patches.columns, channels: convolution.filters)
  }

  var parameters: [ParameterTensor] {
    let kernel = patches.kernel
    let filters = outputShape.channels
    return [
      ParameterTensor(
        name: "weight", shape: [kernel, kernel, inputShape.channels, filters],
        start: .weights(fanIn: patches.width, fanOut: kernel * kernel * filters)),
      ParameterTensor(name: "bias", shape: [filters], start: .zeros),
    ]
  }

  /// One image's patches.
  func savedFloatCount(imageCount: Int) -> Int { patches.count }

  func forward(_ call: ForwardCall) {
    let filters = outputShape.channels
    fillRows(
      call.output, count: call.imageCount * outputShape.pixelCount,
      with: call.parameters + weightCount, width: filters)
    for image in 0..<call.imageCount {
      patches.gather(from: call.input + image * inputShape.count, into: call.saved)
      KernelTable.chosen.multiply(
        MatrixProduct(
          m: patches.rowCount, n: filters, k: patches.width,
          a: MatrixView(call.saved, rowStride: patches.width),
          b: MatrixView(call.parameters, rowStride: filters),
          c: call.output + image * outputShape.count, accumulates: true),
        scratch: call.scratch)
    }
  }

  func backward(_ call: BackwardCall) {
    addRows(
      call.outputGradient, count: call.imageCount * outputShape.pixelCount,
      to: call.parameterGradient + weightCount, width: outputShape.channels)
    for image in 0..<call.imageCount {
      addWeightGradient(call, image: image)
      addInputGradient(call, image: image)
    }
  }

  private func addWeightGradient(_ call: BackwardCall, image: Int) {
    let filters = outputShape.channels
    patches.gather(from: call.input + image * inputShape.count, into: call.saved)
    KernelTable.chosen.multiply(
      MatrixProduct(
        m: patches.width, n: filters, k: patches.rowCount,
        a: MatrixView(call.saved, rowStride: patches.width).transposed,
        b: MatrixView(call.outputGradient + image * outputShape.count, rowStride: filters),
        c: call.parameterGradient, accumulates: true),
      scratch: call.scratch)
  }

  private func addInputGradient(_ call: BackwardCall, image: Int) {
    guard let inputGradient = call.inputGradient else { return }
    let filters = outputShape.channels
    KernelTable.chosen.multiply(
      MatrixProduct(
        m: patches.rowCount, n: patches.width, k: filters,
        a: MatrixView(call.outputGradient + image * outputShape.count, rowStride: filters),
        b: MatrixView(call.parameters, rowStride: filters).transposed, c: call.saved),
      scratch: call.scratch)
    patches.scatter(call.saved, to: inputGradient + image * inputShape.count)
  }
}
