/// How numbers are kept as bytes: value = (byte − zeroPoint) × scale.
///
/// B. Jacob et al., "Quantization and Training of Neural Networks for Efficient
/// Integer-Arithmetic-Only Inference", CVPR 2018.
///
/// The same for any `NarrowElement` in place of the byte.
public struct Quantization: BitwiseCopyable, Equatable, Codable, Sendable {
  public var scale: Float
  /// What stands for zero.
  public var zeroPoint: UInt8

  public init(scale: Float, zeroPoint: UInt8) {
    self.scale = scale
    self.zeroPoint = zeroPoint
  }

  /// An element is the value.
  public static let none = Quantization(scale: 1, zeroPoint: 0)
}
