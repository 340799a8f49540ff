/// Moves parameters against their gradient.
///
/// An optimiser sees flat slices and no layers; disjoint slices may be moved by several threads.
package protocol Optimizer: Sendable {
  /// How many numbers it keeps for each parameter.
  var stateCount: Int { get }
  /// - Parameters:
  ///   - step: counted from 1.
  ///   - learningRate: as the schedule has it for this step.
  func update(_ slice: OptimizerSlice, step: Int, learningRate: Float)
}

/// A stretch of the flat buffers.
package struct OptimizerSlice {
  package var count: Int
  package var parameters: UnsafeMutablePointer<Float>
  package var gradient: UnsafePointer<Float>
  /// One row for each number that the optimiser keeps, all of `count`.
  package var state: [UnsafeMutablePointer<Float>]
  /// 1 where weight decay pulls, 0 where it must not: norms and biases.
  package var decays: UnsafePointer<Float>

  package init(
    count: Int, parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>,
    state: [UnsafeMutablePointer<Float>], decays: UnsafePointer<Float>
  ) {
    self.count = count
    self.parameters = parameters
    self.gradient = gradient
    self.state = state
    self.decays = decays
  }
}
