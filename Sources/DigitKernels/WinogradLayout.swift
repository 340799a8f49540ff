/// How the weights of a 3 × 3 convolution are transformed and packed for `convolveWinograd`.
///
///     [point 0…35][block of filters][channel][filters of the block]
///
/// Blocks are `wideVectors` vectors of filters as far as these go, then `tailVectors`; the last
/// one is filled up with zeros.
package struct WinogradLayout: Equatable, Sendable {
  /// Floats in a vector register.
  package let vectorWidth: Int
  /// Tiles that go through the kernel together.
  let tileCount: Int
  let wideVectors: Int
  let tailVectors: Int

  private static let points = 36

  package init(vectorWidth: Int, tileCount: Int, wideVectors: Int, tailVectors: Int) {
    self.vectorWidth = vectorWidth
    self.tileCount = tileCount
    self.wideVectors = wideVectors
    self.tailVectors = tailVectors
  }

  /// `filters` rounded up to whole blocks: the length of the bias that the kernel reads.
  package func paddedFilterCount(_ filters: Int) -> Int {
    roundUp(filters, to: tailVectors * vectorWidth)
  }

  package func weightFloatCount(channels: Int, filters: Int) -> Int {
    Self.points * channels * paddedFilterCount(filters)
  }

  /// Floats that the kernel needs beside its maps: see `WinogradStrip`.
  package func scratchFloatCount(channels: Int, filters: Int) -> Int {
    let perTile = roundUp(channels, to: vectorWidth) + paddedFilterCount(filters)
    return Self.points * (tileCount * perTile + channels) + 53 * vectorWidth + 48
  }

  /// Whether tiles take fewer vector operations than windows one by one do: so it is from a few
  /// channels and filters on, unless tiles hang far over the edge of a result of rows × columns.
  package static func pays(channels: Int, filters: Int, rows: Int, columns: Int) -> Bool {
    let tiles = ((rows + 3) / 4) * ((columns + 3) / 4)
    // Multiply-adds, and an estimate of what the transforms take for each vector.
    let perTile = points * channels * filters + 200 * channels + 150 * filters
    return tiles * perTile < rows * columns * 9 * channels * filters
  }

  /// Transforms weights in double precision, and packs them. Allocates nothing.
  package func pack(_ kernels: KernelView, into target: UnsafeMutablePointer<Float>) {
    let (channels, filters) = (kernels.channels, kernels.filters)
    let padded = paddedFilterCount(filters)
    for filter in stride(from: 0, to: filters, by: Lanes.scalarCount) {
      let block = block(of: filter, padded: padded)
      for channel in 0..<channels {
        let packed =
          target + block.start * channels + channel * block.width + filter - block.start
        transform(
          kernels, channel: channel, filter: filter, to: packed, stride: channels * padded)
      }
    }
  }

  private func block(of filter: Int, padded: Int) -> (start: Int, width: Int) {
    let wide = wideVectors * vectorWidth
    let tail = tailVectors * vectorWidth
    let wideEnd = padded / wide * wide
    guard filter >= wideEnd else { return (filter / wide * wide, wide) }
    return (wideEnd + (filter - wideEnd) / tail * tail, tail)
  }

  /// A few filters at a time: blocks are whole multiples of them.
  private typealias Lanes = SIMD4<Double>

  /// G g Gᵀ of some filters' 3 × 3 kernels g: 6 × 6 points, `stride` floats apart.
  private func transform(
    _ kernels: KernelView, channel: Int, filter: Int, to target: UnsafeMutablePointer<Float>,
    stride: Int
  ) {
    var half: InlineArray<18, Lanes> = .init(repeating: .zero)
    for x in 0..<3 {
      var taps: InlineArray<3, Lanes> = .init(repeating: .zero)
      for y in 0..<3 { taps[y] = load(kernels, tap: 3 * y + x, channel, filter) }
      let line = transformLine(taps[0], taps[1], taps[2])
      for y in 0..<6 { half[3 * y + x] = line[y] }
    }
    for y in 0..<6 {
      let line = transformLine(half[3 * y], half[3 * y + 1], half[3 * y + 2])
      for x in 0..<6 {
        UnsafeMutableRawPointer(target + (6 * y + x) * stride)
          .storeBytes(of: SIMD4<Float>(line[x]), as: SIMD4<Float>.self)
      }
    }
  }

  /// G times three vectors:
  ///
  ///      1/4     0     0
  ///     −1/6  −1/6  −1/6
  ///     −1/6   1/6  −1/6
  ///     1/24  1/12   1/6
  ///     1/24 −1/12   1/6
  ///        0     0     1
  @inline(__always)
  private func transformLine(_ g0: Lanes, _ g1: Lanes, _ g2: Lanes) -> InlineArray<6, Lanes> {
    let even = (g0 + g2) / -6
    let odd = g1 / 6
    let farEven = g0 / 24 + g2 / 6
    let farOdd = g1 / 12
    return [g0 / 4, even - odd, even + odd, farEven + farOdd, farEven - farOdd, g2]
  }

  @inline(__always)
  private func load(_ kernels: KernelView, tap: Int, _ channel: Int, _ filter: Int) -> Lanes {
    var lanes = Lanes.zero
    for lane in 0..<min(Lanes.scalarCount, kernels.filters - filter) {
      lanes[lane] = Double(kernels[tap: tap, channel: channel, filter: filter + lane])
    }
    return lanes
  }

  private func roundUp(_ count: Int, to unit: Int) -> Int { (count + unit - 1) / unit * unit }
}
