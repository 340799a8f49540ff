import DigitKernels

/// Y = X · W + b; X is images × in, W is in × out.
///
/// dW = Xᵀ · dY, db = the column sums of dY, dX = dY · Wᵀ.
struct DensePass: LayerPass {
  let inputShape: FeatureShape
  let outputShape: FeatureShape
  private var inputCount: Int { inputShape.count }
  private var outputCount: Int { outputShape.count }
  private var weightCount: Int { inputCount * outputCount }

  init(input: FeatureShape, units: Int) {
    inputShape = input
    outputShape = FeatureShape(height: 1, width: 1, channels: units)
  }

  var parameters: [ParameterTensor] {
    [
      ParameterTensor(
        name: "weight", shape: [inputCount, outputCount],
        start: .weights(fanIn: inputCount, fanOut: outputCount)),
      ParameterTensor(name: "bias", shape: [outputCount], start: .zeros),
    ]
  }

  func forward(_ call: ForwardCall) {
    fillRows(
      call.output, count: call.imageCount, with: call.parameters + weightCount,
      width: outputCount)
    KernelTable.chosen.multiply(
      MatrixProduct(
        m: call.imageCount, n: outputCount, k: inputCount,
        a: MatrixView(call.input, rowStride: inputCount),
        b: MatrixView(call.parameters, rowStride: outputCount),
        c: call.output, accumulates: true),
      scratch: call.scratch)
  }

  func backward(_ call: BackwardCall) {
    let outputGradient = MatrixView(call.outputGradient, rowStride: outputCount)
    KernelTable.chosen.multiply(
      MatrixProduct(
        m: inputCount, n: outputCount, k: call.imageCount,
        a: MatrixView(call.input, rowStride: inputCount).transposed, b: outputGradient,
        c: call.parameterGradient, accumulates: true),
      scratch: call.scratch)
    addRows(
      call.outputGradient, count: call.imageCount, to: call.parameterGradient + weightCount,
      width: outputCount)
    guard let inputGradient = call.inputGradient else { return }
    KernelTable.chosen.multiply(
      MatrixProduct(
        m: call.imageCount, n: inputCount, k: outputCount, a: outputGradient,
        b: MatrixView(call.parameters, rowStride: outputCount).transposed, c: inputGradient),
      scratch: call.scratch)
  }
}

/// Sets each of `count` rows to `row`.
func fillRows(
  _ rows: UnsafeMutablePointer<Float>, count: Int, with row: UnsafePointer<Float>, width: Int
) {
  for index in 0..<count { (rows + index * width).update(from: row, count: width) }
}

/// Adds each of `count` rows to `sum`, in order.
func addRows(
  _ rows: UnsafePointer<Float>, count: Int, to sum: UnsafeMutablePointer<Float>, width: Int
) {
  for index in 0..<count {
    let row = rows + index * width
    for column in 0..<width { sum[column] += row[column] }
  }
}
