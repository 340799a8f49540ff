/// How numbers are kept as bytes: value = (byte − zeroPoint) × scale.
///
/// B. Jacob et al., "Quantization and Training of Neural Networks for Efficient
/// Integer-Arithmetic-Only Inference", CVPR 2018.
public struct Quantization: Equatable, Codable, Sendable {
  public var scale: Float
  /// What stands for zero.
  public var zeroPoint: UInt8

  public init(scale: Float, zeroPoint: UInt8) {
    self.scale = scale
    self.zeroPoint = zeroPoint
  }
}

/// How sums that were scaled become results: max(sum + bias, lowest) for each column.
public struct Requantization {
  /// One float a column, padded to whole panels or blocks.
  public var bias: UnsafePointer<Float>
  public var lowest: Float
  /// The maximum of four comes first.
  public var pools: Bool
  public var result: Result

  public enum Result: Sendable {
    case floats
    /// Rounded, and at most 255. `lowest` is then not negative.
    case bytes
  }

  public init(bias: UnsafePointer<Float>, lowest: Float, pools: Bool, result: Result) {
    self.bias = bias
    self.lowest = lowest
    self.pools = pools
    self.result = result
  }
}
