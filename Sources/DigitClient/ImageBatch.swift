import DigitWire

/// Images of 28 × 28 pixels, one after another, row by row from the top left, ink high.
///
/// Holds the caller's array without a copy; the pixels are copied once, into what is sent.
public struct ImageBatch: Sendable {
  /// Whether the pixels already look as the model's conditioning would make them, so that the
  /// server shall skip it.
  public var isConditioned = false

  private let pixels: Pixels

  private enum Pixels {
    case uint8(ArraySlice<UInt8>)
    case float32(ArraySlice<Float>)
  }

  /// - Parameter values: count × 784 pixels, 0 empty ground, 255 full ink.
  public init(_ values: ArraySlice<UInt8>) { pixels = .uint8(values) }
  public init(_ values: [UInt8]) { self.init(values[...]) }

  /// - Parameter values: count × 784 pixels, 0 empty ground, 1 full ink.
  public init(_ values: ArraySlice<Float>) { pixels = .float32(values) }
  public init(_ values: [Float]) { self.init(values[...]) }

  public var pixelType: PixelType {
    switch pixels {
    case .uint8: .uint8
    case .float32: .float32
    }
  }

  /// Whole images; a rest that is no image is an error of the request.
  public var count: Int { valueCount / ProtocolLimits.pixelsPerImage }

  var valueCount: Int {
    switch pixels {
    case .uint8(let values): values.count
    case .float32(let values): values.count
    }
  }

  /// Writes the pixels as they go over the wire: `count × pixelType.imageByteCount` bytes.
  func copy(into bytes: UnsafeMutableRawBufferPointer) {
    switch pixels {
    case .uint8(let values): values.withUnsafeBytes { bytes.copyMemory(from: $0) }
    case .float32(let values): values.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
  }
}
