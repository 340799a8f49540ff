/// When an answer means "not a digit" (SPEC section 4.6).
public enum RejectionRule {
  /// Pixels that differ by no more show nothing, in levels of 255.
  private static let flatLevels = 8

  /// - Parameters:
  ///   - probability: of the most probable class.
  ///   - threshold: of the model; nil where it has none, and only flat images are rejected.
  ///   - pixels: of the image, 0 to 255.
  public static func rejects(
    probability: Float, threshold: Float?, pixels: some Sequence<UInt8>
  ) -> Bool {
    isBelow(threshold, probability) || isFlat(pixels)
  }

  /// - Parameter ink: of the image, 0 to 1.
  public static func rejects(
    probability: Float, threshold: Float?, ink: some Sequence<Float>
  ) -> Bool {
    isBelow(threshold, probability) || isFlat(ink)
  }

  private static func isBelow(_ threshold: Float?, _ probability: Float) -> Bool {
    threshold.map { probability < $0 } ?? false
  }

  private static func isFlat(_ pixels: some Sequence<UInt8>) -> Bool {
    guard let (low, high) = extremes(pixels) else { return true }
    return Int(high) - Int(low) <= flatLevels
  }

  private static func isFlat(_ ink: some Sequence<Float>) -> Bool {
    guard let (low, high) = extremes(ink) else { return true }
    return high - low <= Float(flatLevels) / 255
  }

  private static func extremes<Pixel: Comparable>(
    _ pixels: some Sequence<Pixel>
  ) -> (low: Pixel, high: Pixel)? {
    var found: (low: Pixel, high: Pixel)?
    for pixel in pixels {
      let (low, high) = found ?? (pixel, pixel)
      found = (min(low, pixel), max(high, pixel))
    }
    return found
  }
}
