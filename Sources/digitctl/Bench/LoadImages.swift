import Arguments
import DigitFiles
import DigitWire
import Measure

/// Pixels for servers whose images one does not have.
enum InventedImages: String, CaseIterable, ArgumentValue, Sendable {
  case random, zero
}

/// What a load sends, and what should be answered where that is known.
struct LoadImages: Sendable {
  /// 784 bytes an image.
  let pixels: [UInt8]
  let labels: [UInt8]?

  /// More than fit into a server's caches would make no difference to it.
  private static let inventedCount = 1_000

  init(_ set: ImageSet) {
    pixels = set.pixels
    labels = set.labels
  }

  /// The same ones each time.
  init(_ invented: InventedImages) {
    let byteCount = Self.inventedCount * ProtocolLimits.pixelsPerImage
    switch invented {
    case .zero: pixels = [UInt8](repeating: 0, count: byteCount)
    case .random:
      var random = SplitMix64(seed: 1)
      pixels = (0..<byteCount).map { _ in UInt8.random(in: 0...255, using: &random) }
    }
    labels = nil
  }
}
