/// The maxima of one image's windows of 2 × 2, and the position in its window of each: 0…3, row by
/// row, the first where several are equal; 4 where the ReLU before let nothing through.
struct WindowMaxima {
  let map: FeatureShape
  let pooled: FeatureShape
  let rectifies: Bool

  static let nowhere: UInt8 = 4

  func take(
    _ source: UnsafePointer<Float>, _ maxima: UnsafeMutablePointer<Float>,
    _ windows: UnsafeMutablePointer<UInt8>
  ) {
    forEachWindow { window, result in
      let channels = map.channels
      let (maximum, code) = (maxima + result, windows + result)
      let rows = (source + window, source + window + map.width * channels)
      var c = 0
      while c + 8 <= channels {
        var best = vector(rows.0 + c)
        var codes = SIMD8<Int32>.zero
        for (number, next) in [
          rows.0 + channels + c, rows.1 + c, rows.1 + channels + c,
        ].enumerated() {
          let value = vector(next)
          let isGreater = value .> best
          best.replace(with: value, where: isGreater)
          codes.replace(with: Int32(number + 1), where: isGreater)
        }
        if rectifies { codes.replace(with: Int32(Self.nowhere), where: best .<= 0) }
        UnsafeMutableRawPointer(maximum + c).storeBytes(of: best, as: SIMD8<Float>.self)
        UnsafeMutableRawPointer(code + c).storeBytes(
          of: SIMD8<UInt8>(truncatingIfNeeded: codes), as: SIMD8<UInt8>.self)
        c += 8
      }
      while c < channels {
        let values = [rows.0[c], rows.0[channels + c], rows.1[c], rows.1[channels + c]]
        var best = 0
        for index in 1..<4 where values[index] > values[best] { best = index }
        maximum[c] = values[best]
        code[c] = rectifies && values[best] <= 0 ? Self.nowhere : UInt8(best)
        c += 1
      }
    }
  }

  /// Sets the map's gradient to that of the maxima, each at its position, and zero elsewhere.
  func giveBack(
    _ gradient: UnsafePointer<Float>, _ windows: UnsafePointer<UInt8>,
    _ target: UnsafeMutablePointer<Float>
  ) {
    target.update(repeating: 0, count: map.count)
    forEachWindow { window, result in
      for c in 0..<map.channels where windows[result + c] != Self.nowhere {
        let (row, column) = Int(windows[result + c]).quotientAndRemainder(dividingBy: 2)
        target[window + (row * map.width + column) * map.channels + c] = gradient[result + c]
      }
    }
  }

  /// Calls `body` with where each window begins in the map, and its result in the pooled map.
  @inline(__always)
  private func forEachWindow(_ body: (_ window: Int, _ result: Int) -> Void) {
    for y in 0..<pooled.height {
      for x in 0..<pooled.width {
        body(
          2 * (y * map.width + x) * map.channels, (y * pooled.width + x) * pooled.channels)
      }
    }
  }

  @inline(__always)
  private func vector(_ pointer: UnsafePointer<Float>) -> SIMD8<Float> {
    UnsafeRawPointer(pointer).loadUnaligned(as: SIMD8<Float>.self)
  }
}
