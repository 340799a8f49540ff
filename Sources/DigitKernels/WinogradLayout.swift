/// How the weights of a 3 × 3 convolution are transformed and packed for `convolveWinograd`.
///
///     [point 0…35][block of filters][channel][filters of the block]
///
/// Blocks are `wideVectors` vectors of filters as far as these go, then `narrowVectors`; the last
/// one is filled up with zeros.
package struct WinogradLayout: Equatable, Sendable {
  /// Floats in a vector register.
  package let vectorWidth: Int
  /// Tiles that go through the kernel together.
  let tileCount: Int
  let wideVectors: Int
  let narrowVectors: Int

  private static let points = 36

  /// `filters` rounded up to whole blocks: the length of the bias that the kernel reads.
  package func paddedFilterCount(_ filters: Int) -> Int {
    roundUp(filters, to: narrowVectors * vectorWidth)
  }

  package func weightFloatCount(channels: Int, filters: Int) -> Int {
    Self.points * channels * paddedFilterCount(filters)
  }

  /// Floats that the kernel needs beside its maps: see `WinogradStrip`.
  package func scratchFloatCount(channels: Int, filters: Int) -> Int {
    let perTile = roundUp(channels, to: vectorWidth) + paddedFilterCount(filters)
    return Self.points * (tileCount * perTile + channels) + 53 * vectorWidth
  }

  /// Transforms weights [3, 3, channels, filters] in double precision, and packs them.
  package func pack(
    _ weights: [Float], channels: Int, filters: Int, into target: UnsafeMutablePointer<Float>
  ) {
    precondition(weights.count == 9 * channels * filters)
    let padded = paddedFilterCount(filters)
    for channel in 0..<channels {
      for filter in 0..<filters {
        let kernel = (0..<9).map { tap in
          Double(weights[(tap * channels + channel) * filters + filter])
        }
        let block = block(of: filter, padded: padded)
        let place =
          target + block.start * channels + channel * block.width + filter - block.start
        for (point, value) in transform(kernel).enumerated() {
          place[point * channels * padded] = Float(value)
        }
      }
    }
  }

  private func block(of filter: Int, padded: Int) -> (start: Int, width: Int) {
    let wide = wideVectors * vectorWidth
    let narrow = narrowVectors * vectorWidth
    let wideEnd = padded / wide * wide
    guard filter >= wideEnd else { return (filter / wide * wide, wide) }
    return (wideEnd + (filter - wideEnd) / narrow * narrow, narrow)
  }

  /// G g Gᵀ of a 3 × 3 kernel g: 6 × 6 values.
  private func transform(_ kernel: [Double]) -> [Double] {
    let half = Self.g.flatMap { row in
      (0..<3).map { x in (0..<3).reduce(0.0) { $0 + row[$1] * kernel[3 * $1 + x] } }
    }
    return (0..<6).flatMap { y in
      Self.g.map { row in (0..<3).reduce(0.0) { $0 + row[$1] * half[3 * y + $1] } }
    }
  }

  private static let g: [[Double]] = [
    [1 / 4, 0, 0], [-1 / 6, -1 / 6, -1 / 6], [-1 / 6, 1 / 6, -1 / 6],
    [1 / 24, 1 / 12, 1 / 6], [1 / 24, -1 / 12, 1 / 6], [0, 0, 1],
  ]

  private func roundUp(_ count: Int, to unit: Int) -> Int { (count + unit - 1) / unit * unit }
}
