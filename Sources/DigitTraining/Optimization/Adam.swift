import Foundation

/// Adam (Kingma and Ba, ICLR 2015), algorithm 1, with the bias corrections folded into the rate.
package struct Adam: Optimizer, Codable, Equatable {
  package var beta1: Float
  package var beta2: Float
  package var epsilon: Float = 1e-7

  package init(beta1: Float = 0.9, beta2: Float = 0.999) {
    self.beta1 = beta1
    self.beta2 = beta2
  }

  /// The running mean of the gradient, and of its square.
  package var stateCount: Int { 2 }

  package func update(_ slice: OptimizerSlice, step: Int, learningRate: Float) {
    let correction1 = 1 - pow(Double(beta1), Double(step))
    let correction2 = 1 - pow(Double(beta2), Double(step))
    let rate = Float(Double(learningRate) * correction2.squareRoot() / correction1)
    let (parameters, gradient) = (slice.parameters, slice.gradient)
    let (mean, square) = (slice.state[0], slice.state[1])
    for i in 0..<slice.count {
      mean[i] += (gradient[i] - mean[i]) * (1 - beta1)
      square[i] += (gradient[i] * gradient[i] - square[i]) * (1 - beta2)
      parameters[i] -= rate * mean[i] / (square[i].squareRoot() + epsilon)
    }
  }
}
