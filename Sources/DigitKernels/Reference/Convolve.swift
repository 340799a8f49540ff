/// A feature map for the references: height × width × channels, row-major.
package struct ReferenceMap: Equatable {
  package var height: Int
  package var width: Int
  package var channels: Int
  package var values: [Float]

  package init(height: Int, width: Int, channels: Int, values: [Float]? = nil) {
    self.height = height
    self.width = width
    self.channels = channels
    self.values = values ?? Array(repeating: 0, count: height * width * channels)
  }

  /// Zero outside the map.
  package subscript(y: Int, x: Int, channel: Int) -> Float {
    get {
      guard y >= 0, y < height, x >= 0, x < width else { return 0 }
      return values[(y * width + x) * channels + channel]
    }
    set { values[(y * width + x) * channels + channel] = newValue }
  }
}

extension Reference {
  /// Cross-correlation. Weights [kernel, kernel, in, out], bias [out].
  package static func convolve(
    _ map: ReferenceMap, weights: [Float], bias: [Float],
    _ geometry: (kernel: Int, stride: Int, padding: Int)
  ) -> ReferenceMap {
    let (kernel, stride, padding) = geometry
    var result = ReferenceMap(
      height: (map.height + 2 * padding - kernel) / stride + 1,
      width: (map.width + 2 * padding - kernel) / stride + 1, channels: bias.count)
    for y in 0..<result.height {
      for x in 0..<result.width {
        for output in 0..<bias.count {
          var sum = bias[output]
          for ky in 0..<kernel {
            for kx in 0..<kernel {
              for input in 0..<map.channels {
                let weight = weights[
                  ((ky * kernel + kx) * map.channels + input) * bias.count + output]
                sum += map[y * stride + ky - padding, x * stride + kx - padding, input] * weight
              }
            }
          }
          result[y, x, output] = sum
        }
      }
    }
    return result
  }

  /// Maximum or mean over size × size windows that lie within the map.
  package static func pool(
    _ map: ReferenceMap, size: Int, stride: Int, averages: Bool
  ) -> ReferenceMap {
    var result = ReferenceMap(
      height: (map.height - size) / stride + 1, width: (map.width - size) / stride + 1,
      channels: map.channels)
    for y in 0..<result.height {
      for x in 0..<result.width {
        for c in 0..<map.channels {
          let window = (0..<size * size).map {
            map[y * stride + $0 / size, x * stride + $0 % size, c]
          }
          result[y, x, c] =
            averages ? window.reduce(0, +) / Float(window.count) : window.max()!
        }
      }
    }
    return result
  }
}
