import DigitKernels
import DigitModel
import DigitTraining

/// Compares a pass's backward with double-sided finite differences of its forward.
///
/// The loss is Σ output · direction for a random direction, so its gradient by the output is the
/// direction. Inputs are distinct multiples of 0.05, moved off zero: no step crosses a kink of
/// ReLU or a tie of a maximum.
final class GradientCheck {
  let pass: any LayerPass
  let imageCount: Int
  var input: [Float]
  var parameters: [Float]
  private let direction: [Float]
  private var seeds: [UInt64]
  private var saved: [Float]
  private var statistics: [Float]
  private let scratch = UnsafeMutableRawPointer.allocate(
    byteCount: KernelTable.multiplyScratchByteCount, alignment: 64)

  /// The pass of a layer that receives maps of the given shape.
  convenience init(_ layer: Layer, shape: FeatureShape, imageCount: Int = 3) throws {
    // A dense layer with softmax makes any layer a network; a 1 × 1 convolution first gives it
    // channels.
    var network = Network(
      name: "check",
      layers: [
        .convolution(Convolution(filters: shape.channels, kernel: 1)), layer, .flatten,
        .dense(Dense(units: 2, activation: .softmax)),
      ])
    network.input.height = shape.height
    network.input.width = shape.width
    self.init(try TrainableNetwork(network, fuses: false).steps[1].pass, imageCount: imageCount)
  }

  init(_ pass: any LayerPass, imageCount: Int) {
    self.pass = pass
    self.imageCount = imageCount
    var random = RandomSource(seed: 5)
    let count = imageCount * pass.inputShape.count
    input = random.shuffledIndices(count).map { (Float($0 - count / 2) + 0.5) * 0.05 }
    let parameterCount = pass.parameters.reduce(0) { $0 + $1.count }
    parameters = (0..<parameterCount).map { _ in random.float(within: 1) }
    direction = (0..<imageCount * pass.outputShape.count).map { _ in random.float(within: 1) }
    seeds = (0..<imageCount).map { _ in random.next() }
    saved = Array(repeating: .nan, count: pass.savedFloatCount(imageCount: imageCount))
    statistics = Array(repeating: 0, count: pass.statistics.reduce(0) { $0 + $1.count })
  }

  deinit { scratch.deallocate() }

  struct Gradients {
    var input: [Float]
    var parameters: [Float]
  }

  func backward() -> Gradients {
    var output = forward()
    var outputGradient = direction
    var inputGradient = [Float](repeating: .nan, count: input.count)
    var parameterGradient = [Float](repeating: 0, count: parameters.count)
    pass.backward(
      BackwardCall(
        imageCount: imageCount, input: &input, output: &output, outputGradient: &outputGradient,
        inputGradient: &inputGradient, parameters: &parameters,
        parameterGradient: &parameterGradient, saved: &saved, scratch: scratch))
    return Gradients(input: inputGradient, parameters: parameterGradient)
  }

  /// The same gradients, by moving each number a little to both sides.
  func finiteDifferences(step: Float = 0.01) -> Gradients {
    Gradients(
      input: input.indices.map { index in
        slope(step) { self.input[index] += $0 }
      },
      parameters: parameters.indices.map { index in
        slope(step) { self.parameters[index] += $0 }
      })
  }

  private func slope(_ step: Float, _ move: (Float) -> Void) -> Float {
    move(step)
    let above = loss()
    move(-2 * step)
    let below = loss()
    move(step)
    return Float((above - below) / Double(2 * step))
  }

  private func loss() -> Double {
    zip(forward(), direction).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }

  func forward(isTraining: Bool = true) -> [Float] {
    var output = [Float](repeating: .nan, count: imageCount * pass.outputShape.count)
    var shardStatistics = statistics
    seeds.withUnsafeBufferPointer { seeds in
      pass.forward(
        ForwardCall(
          mode: isTraining ? .training(imageSeeds: seeds.baseAddress!) : .inference,
          imageCount: imageCount, input: &input, output: &output, parameters: &parameters,
          statistics: &statistics, shardStatistics: &shardStatistics, saved: &saved,
          scratch: scratch))
    }
    return output
  }
}

/// The largest difference, each relative to the larger of 1 and the numbers themselves.
func largestError(_ got: [Float], _ expected: [Float]) -> Float {
  zip(got, expected).map { abs($0 - $1) / max(1, abs($0), abs($1)) }.max() ?? 0
}
