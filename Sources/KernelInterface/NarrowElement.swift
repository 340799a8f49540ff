/// Numbers quantised to 8 or 16 bits, with kernels of their own: what names call *narrow*.
public enum NarrowElement: BitwiseCopyable, Equatable, Sendable {
  /// Times signed bytes, or in Winograd's tiles times integers of 16 bits; sums are exact.
  case uint8
  /// The higher half of a float, times the same; sums are floats.
  case bfloat16

  public var byteCount: Int {
    switch self {
    case .uint8: 1
    case .bfloat16: 2
    }
  }
}
