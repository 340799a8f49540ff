import DigitModel

/// A feature map with zeros around it.
struct PaddedMap: Sendable {
  let map: FeatureShape
  let padding: Int

  /// Floats in a row, and in all.
  var rowLength: Int { (map.width + 2 * padding) * map.channels }
  var count: Int { (map.height + 2 * padding) * rowLength }

  func clear(_ memory: UnsafeMutablePointer<Float>) {
    memory.update(repeating: 0, count: count)
  }

  /// Copies one image between the zeros, which are left alone.
  func fill(_ memory: UnsafeMutablePointer<Float>, with image: UnsafePointer<Float>) {
    let length = map.width * map.channels
    for y in 0..<map.height {
      (memory + (y + padding) * rowLength + padding * map.channels)
        .update(from: image + y * length, count: length)
    }
  }
}
