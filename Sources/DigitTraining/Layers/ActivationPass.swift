import DigitModel
import Foundation

/// An activation of every element on its own: ReLU, tanh or sigmoid.
///
/// (Softmax ends a network and is differentiated with the loss: see `ClassificationLoss`.)
struct ActivationPass: LayerPass {
  let inputShape: FeatureShape
  var outputShape: FeatureShape { inputShape }
  let function: Activation

  func forward(_ call: ForwardCall) {
    let (input, output) = (call.input, call.output)
    let count = call.imageCount * inputShape.count
    switch function {
    case .linear: output.update(from: input, count: count)
    case .relu: for i in 0..<count { output[i] = input[i] > 0 ? input[i] : 0 }
    case .tanh: for i in 0..<count { output[i] = tanh(input[i]) }
    case .sigmoid: for i in 0..<count { output[i] = 1 / (1 + exp(-input[i])) }
    case .softmax: preconditionFailure("softmax belongs to the loss")
    }
  }

  /// All derivatives follow from the output y: tanh′ = 1 − y², sigmoid′ = y(1 − y).
  func backward(_ call: BackwardCall) {
    guard let inputGradient = call.inputGradient else { return }
    let (y, gradient) = (call.output, call.outputGradient)
    let count = call.imageCount * inputShape.count
    switch function {
    case .linear: inputGradient.update(from: gradient, count: count)
    case .relu: for i in 0..<count { inputGradient[i] = y[i] > 0 ? gradient[i] : 0 }
    case .tanh: for i in 0..<count { inputGradient[i] = gradient[i] * (1 - y[i] * y[i]) }
    case .sigmoid: for i in 0..<count { inputGradient[i] = gradient[i] * y[i] * (1 - y[i]) }
    case .softmax: preconditionFailure("softmax belongs to the loss")
    }
  }
}
