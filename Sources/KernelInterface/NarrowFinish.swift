/// How sums that were scaled become results: max(sum + bias, lowest) for each column.
public struct NarrowFinish: BitwiseCopyable {
  /// One float a column, padded to whole panels or blocks.
  public var bias: UnsafePointer<Float>
  public var lowest: Float
  /// The maximum of four comes first.
  public var pools: Bool
  public var result: Result

  public enum Result: BitwiseCopyable, Sendable {
    case floats
    /// Elements as those that are multiplied. Of bytes `lowest` is not negative; they are rounded,
    /// and at most 255.
    case narrow
  }

  public init(bias: UnsafePointer<Float>, lowest: Float, pools: Bool, result: Result) {
    self.bias = bias
    self.lowest = lowest
    self.pools = pools
    self.result = result
  }
}
