/// A 3 × 3 convolution of stride 1 over the maps of some images, with bias, by Winograd's minimal
/// filtering F(4×4, 3×3): A. Lavin and S. Gray, "Fast Algorithms for Convolutional Neural
/// Networks", CVPR 2016.
///
/// A tile of 4 × 4 results takes 36 multiplications for each channel and filter instead of 144.
/// Each tile is computed alike, whatever its position and neighbours.
public struct WinogradConvolution {
  public var source: SourceMaps
  public var target: TargetMaps
  public var imageCount: Int

  /// Transformed and packed: see `WinogradLayout`.
  public var weights: UnsafePointer<Float>
  /// One float a filter, padded to whole vectors.
  public var bias: UnsafePointer<Float>
  /// Each result is the maximum of 2 × 2, two apart.
  public var pools: Bool
  public var rectifies: Bool
  /// Whether tiles whose pixels are all the same are computed by the one of their points that is
  /// not zero. For finite weights.
  public var skipsEvenTiles = false

  /// `WinogradLayout.scratchFloatCount` floats, aligned to 64 bytes.
  public var scratch: UnsafeMutablePointer<Float>

  /// Maps of H × W × C, padding included. Up to a vector behind the last pixel is read as well,
  /// and does not count.
  public struct SourceMaps {
    public var pointer: UnsafePointer<Float>
    /// Floats from one row to the next.
    public var rowStride: Int
    public var imageStride: Int
    public var height: Int
    public var width: Int
    public var channels: Int

    public init(
      pointer: UnsafePointer<Float>, rowStride: Int, imageStride: Int,
      size: (height: Int, width: Int, channels: Int)
    ) {
      self.pointer = pointer
      self.rowStride = rowStride
      self.imageStride = imageStride
      (height, width, channels) = size
    }
  }

  /// Maps of H × W × filters, after pooling.
  public struct TargetMaps {
    public var pointer: UnsafeMutablePointer<Float>
    public var rowStride: Int
    public var imageStride: Int
    public var height: Int
    public var width: Int
    public var filters: Int

    public init(
      pointer: UnsafeMutablePointer<Float>, rowStride: Int, imageStride: Int,
      size: (height: Int, width: Int, filters: Int)
    ) {
      self.pointer = pointer
      self.rowStride = rowStride
      self.imageStride = imageStride
      (height, width, filters) = size
    }
  }

  public init(
    source: SourceMaps, target: TargetMaps, imageCount: Int, weights: UnsafePointer<Float>,
    bias: UnsafePointer<Float>, pools: Bool, rectifies: Bool,
    scratch: UnsafeMutablePointer<Float>
  ) {
    self.source = source
    self.target = target
    self.imageCount = imageCount
    self.weights = weights
    self.bias = bias
    self.pools = pools
    self.rectifies = rectifies
    self.scratch = scratch
  }
}
