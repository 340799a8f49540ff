/// Stochastic gradient descent with momentum (Sutskever et al., ICML 2013, in the form without
/// damping): v ← momentum · v + g + decay · w, then w ← w − rate · v.
package struct Momentum: Optimizer, Codable, Equatable {
  package var momentum: Float
  /// L2: norms and biases are left out.
  package var decay: Float

  package init(_ momentum: Float = 0.9, decay: Float = 0) {
    self.momentum = momentum
    self.decay = decay
  }

  /// The velocity.
  package var stateCount: Int { 1 }

  package func update(_ slice: OptimizerSlice, step: Int, learningRate: Float) {
    let (parameters, gradient, velocity) = (slice.parameters, slice.gradient, slice.state[0])
    for i in 0..<slice.count {
      let pull = gradient[i] + decay * slice.decays[i] * parameters[i]
      velocity[i] = momentum * velocity[i] + pull
      parameters[i] -= learningRate * velocity[i]
    }
  }
}
