/// A 3 × 3 convolution of stride 1 over maps of narrow numbers, by Winograd's F(4×4, 3×3): see
/// `WinogradConvolution`.
///
/// A tile of bytes becomes integers of at most 100 × 255, which 16 bits hold exactly. Only the
/// transformed weights are rounded, to 16 bits, and the sums of products come out exact in 32. Of
/// floats of 16 bits both are rounded to that again.
public struct NarrowConvolution {
  public var source: SourceMaps
  public var target: TargetMaps
  public var imageCount: Int

  /// See `NarrowWinogradLayout`.
  public var weights: UnsafeRawPointer
  /// What a sum at each point counts: [36][filters], padded to whole blocks.
  public var pointScales: UnsafePointer<Float>
  public var finish: NarrowFinish

  /// `NarrowWinogradLayout.scratchByteCount` bytes, aligned to 64.
  public var scratch: UnsafeMutableRawPointer

  /// Maps of H × W × C, padding included. Up to 32 bytes behind the last pixel of bytes are read as
  /// well, and do not count.
  public struct SourceMaps {
    public var pointer: UnsafeRawPointer
    /// Elements from one row to the next.
    public var rowStride: Int
    public var imageStride: Int
    public var height: Int
    public var width: Int
    public var channels: Int
    /// Of what lies beyond the maps; the bias is less by what it counts: see
    /// `NarrowWinogradLayout.pack`.
    public var zeroPoint: UInt8

    public init(
      pointer: UnsafeRawPointer, rowStride: Int, imageStride: Int,
      size: (height: Int, width: Int, channels: Int), zeroPoint: UInt8
    ) {
      self.pointer = pointer
      self.rowStride = rowStride
      self.imageStride = imageStride
      (height, width, channels) = size
      self.zeroPoint = zeroPoint
    }
  }

  /// Maps of H × W × filters, after pooling; floats or elements, as `finish` says.
  public struct TargetMaps {
    public var pointer: UnsafeMutableRawPointer
    /// Of floats or elements, from one row to the next.
    public var rowStride: Int
    public var imageStride: Int
    public var height: Int
    public var width: Int
    public var filters: Int

    public init(
      pointer: UnsafeMutableRawPointer, rowStride: Int, imageStride: Int,
      size: (height: Int, width: Int, filters: Int)
    ) {
      self.pointer = pointer
      self.rowStride = rowStride
      self.imageStride = imageStride
      (height, width, filters) = size
    }
  }

  public init(
    source: SourceMaps, target: TargetMaps, imageCount: Int, weights: UnsafeRawPointer,
    pointScales: UnsafePointer<Float>, finish: NarrowFinish, scratch: UnsafeMutableRawPointer
  ) {
    self.source = source
    self.target = target
    self.imageCount = imageCount
    self.weights = weights
    self.pointScales = pointScales
    self.finish = finish
    self.scratch = scratch
  }
}
