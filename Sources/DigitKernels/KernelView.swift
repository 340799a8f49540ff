/// The weights of a 3 × 3 convolution, wherever its nine taps, channels and filters lie in memory.
package struct KernelView {
  package let channels: Int
  package let filters: Int
  private var pointer: UnsafePointer<Float>
  /// Floats from one to the next.
  private var tapStride: Int
  private var channelStride: Int
  private var filterStride: Int

  /// Weights [3, 3, channels, filters].
  package init(_ weights: UnsafePointer<Float>, channels: Int, filters: Int) {
    self.channels = channels
    self.filters = filters
    pointer = weights
    tapStride = channels * filters
    channelStride = filters
    filterStride = 1
  }

  private init(turning other: KernelView) {
    channels = other.filters
    filters = other.channels
    pointer = other.pointer + 8 * other.tapStride
    tapStride = -other.tapStride
    channelStride = other.filterStride
    filterStride = other.channelStride
  }

  /// Each kernel turned by half a circle, channels and filters exchanged: the convolution that
  /// takes the gradient of a convolution's result to the gradient of what it read.
  package var turned: KernelView { KernelView(turning: self) }

  @inline(__always)
  package subscript(tap tap: Int, channel channel: Int, filter filter: Int) -> Float {
    pointer[tap * tapStride + channel * channelStride + filter * filterStride]
  }
}
