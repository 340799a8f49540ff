/// A function applied to every float on its own.
public enum Curve: BitwiseCopyable, Sendable {
  case relu, tanh, sigmoid
}

/// How ink becomes what a network sees: (ink − mean) × inverseDeviation, ink being 0…1.
public struct PixelScaling: Sendable {
  public var mean: Float
  public var inverseDeviation: Float

  public init(mean: Float, inverseDeviation: Float) {
    self.mean = mean
    self.inverseDeviation = inverseDeviation
  }
}
