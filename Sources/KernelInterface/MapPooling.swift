/// One pooling of one H × W × C map, rows `…RowStride` floats apart.
public struct MapPooling {
  public var input: UnsafePointer<Float>
  public var inputRowStride: Int
  public var output: UnsafeMutablePointer<Float>
  public var outputRowStride: Int
  /// Of the result.
  public var height: Int
  public var width: Int
  public var channels: Int
  /// Of the square window.
  public var size: Int
  public var stride: Int
  /// Mean instead of maximum.
  public var averages: Bool

  public init(
    input: UnsafePointer<Float>, inputRowStride: Int, output: UnsafeMutablePointer<Float>,
    outputRowStride: Int, height: Int, width: Int, channels: Int, size: Int, stride: Int,
    averages: Bool
  ) {
    self.input = input
    self.inputRowStride = inputRowStride
    self.output = output
    self.outputRowStride = outputRowStride
    self.height = height
    self.width = width
    self.channels = channels
    self.size = size
    self.stride = stride
    self.averages = averages
  }
}
