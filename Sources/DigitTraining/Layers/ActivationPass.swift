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
    case .relu: rectify(gradient, where: y, to: inputGradient, count: count)
    case .tanh: for i in 0..<count { inputGradient[i] = gradient[i] * (1 - y[i] * y[i]) }
    case .sigmoid: for i in 0..<count { inputGradient[i] = gradient[i] * y[i] * (1 - y[i]) }
    case .softmax: preconditionFailure("softmax belongs to the loss")
    }
  }
}

/// Sets `target` to the gradient where the ReLU's output y is positive, and to 0 elsewhere.
///
/// By a mask of bits: which gradients pass cannot be foreseen, and a branch a number takes as long
/// as eight numbers without.
func rectify(
  _ gradient: UnsafePointer<Float>, where y: UnsafePointer<Float>,
  to target: UnsafeMutablePointer<Float>, count: Int
) {
  for i in 0..<count {
    let mask = UInt32(bitPattern: y[i] > 0 ? -1 : 0)
    target[i] = Float(bitPattern: gradient[i].bitPattern & mask)
  }
}
