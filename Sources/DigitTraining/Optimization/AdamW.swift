/// Adam with weight decay beside the gradient instead of in it (Loshchilov and Hutter, ICLR 2019):
/// each step takes away learning rate × decay of every weight, norms and biases left out.
package struct AdamW: Optimizer, Equatable {
  package var adam: Adam
  package var decay: Float

  package init(_ adam: Adam = Adam(), decay: Float) {
    self.adam = adam
    self.decay = decay
  }

  package var stateCount: Int { adam.stateCount }

  package func update(_ slice: OptimizerSlice, step: Int, learningRate: Float) {
    let (parameters, decays) = (slice.parameters, slice.decays)
    let fraction = learningRate * decay
    for i in 0..<slice.count { parameters[i] -= fraction * decays[i] * parameters[i] }
    adam.update(slice, step: step, learningRate: learningRate)
  }
}
