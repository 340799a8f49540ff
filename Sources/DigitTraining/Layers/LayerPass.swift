/// The size of one image's feature map, HWC. A vector is 1 × 1 × its length.
package struct FeatureShape: Equatable, Sendable {
  package var height: Int
  package var width: Int
  package var channels: Int

  package init(height: Int, width: Int, channels: Int) {
    self.height = height
    self.width = width
    self.channels = channels
  }

  package var pixelCount: Int { height * width }
  package var count: Int { height * width * channels }
}

/// The forward and backward pass of one layer over a shard of a batch.
///
/// A shard's feature maps lie one image after the other. Passes allocate nothing: what they keep
/// from forward to backward goes to `saved`, of `savedFloatCount` floats.
package protocol LayerPass: Sendable {
  var inputShape: FeatureShape { get }
  var outputShape: FeatureShape { get }
  /// The tensors this layer learns, in the order in which they lie in the flat buffers.
  var parameters: [ParameterTensor] { get }
  /// Tensors it gathers rather than learns: running statistics.
  var statistics: [ParameterTensor] { get }

  func savedFloatCount(imageCount: Int) -> Int
  func forward(_ call: ForwardCall)
  /// Adds to `parameterGradient` and writes all of `inputGradient`; may use `outputGradient` up.
  func backward(_ call: BackwardCall)
}

extension LayerPass {
  package var parameters: [ParameterTensor] { [] }
  package var statistics: [ParameterTensor] { [] }
  package func savedFloatCount(imageCount: Int) -> Int { 0 }
}

/// What a forward pass reads and writes.
package struct ForwardCall {
  package enum Mode {
    case inference
    /// One seed for each image of the shard, for whatever a layer leaves to chance.
    case training(imageSeeds: UnsafePointer<UInt64>)
  }

  package var mode: Mode
  package var imageCount: Int
  /// imageCount × inputShape.count
  package var input: UnsafePointer<Float>
  /// imageCount × outputShape.count
  package var output: UnsafeMutablePointer<Float>
  package var parameters: UnsafePointer<Float>
  /// Running statistics, as inference uses them.
  package var statistics: UnsafePointer<Float>
  /// This shard's own statistics, written while training.
  package var shardStatistics: UnsafeMutablePointer<Float>
  package var saved: UnsafeMutablePointer<Float>
  package var scratch: UnsafeMutableRawPointer

  package init(
    mode: Mode, imageCount: Int, input: UnsafePointer<Float>,
    output: UnsafeMutablePointer<Float>, parameters: UnsafePointer<Float>,
    statistics: UnsafePointer<Float>, shardStatistics: UnsafeMutablePointer<Float>,
    saved: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer
  ) {
    self.mode = mode
    self.imageCount = imageCount
    self.input = input
    self.output = output
    self.parameters = parameters
    self.statistics = statistics
    self.shardStatistics = shardStatistics
    self.saved = saved
    self.scratch = scratch
  }
}

/// What a backward pass reads and writes, after the forward pass over the same images.
package struct BackwardCall {
  package var imageCount: Int
  package var input: UnsafePointer<Float>
  package var output: UnsafePointer<Float>
  package var outputGradient: UnsafeMutablePointer<Float>
  /// Nil for the first layer, whose input nobody differentiates by.
  package var inputGradient: UnsafeMutablePointer<Float>?
  package var parameters: UnsafePointer<Float>
  package var parameterGradient: UnsafeMutablePointer<Float>
  package var saved: UnsafeMutablePointer<Float>
  package var scratch: UnsafeMutableRawPointer

  package init(
    imageCount: Int, input: UnsafePointer<Float>, output: UnsafePointer<Float>,
    outputGradient: UnsafeMutablePointer<Float>, inputGradient: UnsafeMutablePointer<Float>?,
    parameters: UnsafePointer<Float>, parameterGradient: UnsafeMutablePointer<Float>,
    saved: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer
  ) {
    self.imageCount = imageCount
    self.input = input
    self.output = output
    self.outputGradient = outputGradient
    self.inputGradient = inputGradient
    self.parameters = parameters
    self.parameterGradient = parameterGradient
    self.saved = saved
    self.scratch = scratch
  }
}

/// One tensor of a layer, as the flat buffers and the weights file know it.
package struct ParameterTensor: Equatable, Sendable {
  package enum Start: Equatable, Sendable {
    case zeros
    case ones
    /// Random, scaled by how many inputs and outputs each number connects.
    case weights(fanIn: Int, fanOut: Int)
  }

  /// The last part of its name in `Model.tensors`: "weight".
  package var name: String
  package var shape: [Int]
  package var start: Start

  package var count: Int { shape.reduce(1, *) }
}
