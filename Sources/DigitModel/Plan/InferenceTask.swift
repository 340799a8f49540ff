/// How a pixel comes in.
package enum PixelType: Sendable {
  /// One byte, ink of 0…255.
  case uint8
  /// Four bytes, little-endian, ink of 0…1. Of any alignment.
  case float32

  package var byteCount: Int {
    switch self {
    case .uint8: 1
    case .float32: 4
    }
  }
}

/// One image to classify: where its pixels lie and where its probabilities go.
package struct InferenceTask {
  /// `pixelCount` pixels, row-major, which stay as they are until the run ends.
  package var pixels: UnsafeRawPointer
  package var pixelType: PixelType
  /// Whether the pixels are taken as they are, without the network's conditioning.
  package var isRaw: Bool
  /// `classCount` floats. After a run all of them are NaN where a value overflowed in the network,
  /// and else none.
  package var probabilities: UnsafeMutablePointer<Float>

  package init(
    pixels: UnsafeRawPointer, pixelType: PixelType, isRaw: Bool = false,
    probabilities: UnsafeMutablePointer<Float>
  ) {
    self.pixels = pixels
    self.pixelType = pixelType
    self.isRaw = isRaw
    self.probabilities = probabilities
  }
}
