import KernelInterface

/// How the weights of a 3 × 3 convolution are transformed, rounded to 16 bits and packed for
/// `NarrowConvolution`: to integers for bytes, else to floats.
///
///     [block of filters][point 0…35][channel pair][filters of the block][2 channels]
///
/// The last block is filled up with zeros, and so is an odd channel's pair.
package struct NarrowWinogradLayout: Equatable, Sendable {
  let element: NarrowElement
  /// Channels that are transformed together.
  let lineChannels: Int
  /// Tiles that go through the kernel together.
  let tileCount: Int
  /// Filters in a block.
  let blockWidth: Int

  private static let points = 36
  /// The sizes of the factors of each row of Bᵀ, summed up.
  private static let inputGrowth = [10, 10, 10, 6, 6, 10]

  package init(element: NarrowElement, lineChannels: Int, tileCount: Int, blockWidth: Int) {
    self.element = element
    self.lineChannels = lineChannels
    self.tileCount = tileCount
    self.blockWidth = blockWidth
  }

  /// `filters` rounded up to whole blocks: the length of the bias and of a point's scales.
  package func paddedFilterCount(_ filters: Int) -> Int {
    roundUp(filters, to: blockWidth)
  }

  package func weightCount(channels: Int, filters: Int) -> Int {
    Self.points * roundUp(channels, to: 2) * paddedFilterCount(filters)
  }

  package func scaleCount(filters: Int) -> Int { Self.points * paddedFilterCount(filters) }

  /// Bytes that the kernel needs beside its maps: see `NarrowStrip`.
  package func scratchByteCount(channels: Int) -> Int {
    let perTile = 2 * roundUp(channels, to: lineChannels) + 4 * blockWidth
    return Self.points * (tileCount * perTile + channels * element.byteCount) + 40 * 64
  }

  /// Whether tiles take less time than windows one by one. They save half of the products or more,
  /// which is worth the transforms from some channels on; but their weights are several times as
  /// large, and a lone image may have too few tiles to be worth reading them.
  package func pays(channels: Int, filters: Int, rows: Int, columns: Int) -> Bool {
    let tiles = ((rows + 3) / 4) * ((columns + 3) / 4)
    let strips = (tiles + tileCount - 1) / tileCount
    // Sums of a product each. Reading a point's weights takes as long as four tiles' products, and
    // the transforms are estimates.
    let multiplying = max(tiles, 4 * strips) * Self.points * ((channels + 1) / 2) * filters
    let transforming = tiles * (160 * element.byteCount * channels + 220 * filters)
    let groups = (element.byteCount * channels + 3) / 4
    return multiplying + transforming < rows * columns * 9 * groups * filters
  }

  /// Transforms weights and rounds them: for bytes those of each point and filter as finely as 16
  /// bits allow and as lets no sum overflow.
  ///
  /// - Parameters:
  ///   - kernels: Finite, and so after the transform.
  ///   - target: `weightCount` zeros of 16 bits.
  ///   - scales: `scaleCount` zeros, which become what a rounded weight counts.
  /// - Returns: What a zero point of one adds to each filter's results. Only at the second point
  ///   of the second row do the factors of Bᵀ not add up to zero; and Aᵀ passes that point on to
  ///   all results alike.
  package func pack(
    _ kernels: KernelView, into target: UnsafeMutablePointer<Int16>,
    scales: UnsafeMutablePointer<Float>
  ) -> [Double] {
    var shifts = [Double](repeating: 0, count: kernels.filters)
    let (channels, filters) = (kernels.channels, kernels.filters)
    let padded = paddedFilterCount(filters)
    let transformed = TransformedKernels(kernels)
    for point in 0..<Self.points {
      for filter in 0..<filters {
        let weights = (0..<channels).map {
          transformed[point: point, channel: $0, filter: filter]
        }
        let factor = factor(for: weights, at: point)
        scales[point * padded + filter] = Float(1 / factor)
        let pairs = (channels + 1) / 2
        let block = (filter / blockWidth * Self.points + point) * pairs * 2 * blockWidth
        let start = block + 2 * (filter % blockWidth)
        for (channel, weight) in weights.enumerated() {
          let offset = start + channel / 2 * 2 * blockWidth + channel % 2
          let rounded = rounded(Double(weight) * factor)
          target[offset] = rounded.bits
          if point == 7 { shifts[filter] += 36 * rounded.value / factor }
        }
      }
    }
    return shifts
  }

  /// What weights of a point and filter are multiplied by before they are rounded.
  private func factor(for weights: [Float], at point: Int) -> Double {
    guard element == .uint8 else { return 1 }
    let growth = Self.inputGrowth[point / 6] * Self.inputGrowth[point % 6]
    // Rounding may add a half to every weight.
    let sumMax = Double(Int(Int32.max) / (255 * growth) - weights.count)
    let sum = weights.reduce(0) { $0 + Double(abs($1)) }
    let largest = weights.reduce(0) { max($0, Double(abs($1))) }
    return sum > 0 ? min(Double(Int16.max) / largest, sumMax / sum) : 1
  }

  private func rounded(_ weight: Double) -> (bits: Int16, value: Double) {
    switch element {
    case .uint8:
      let integer = Int16(weight.rounded(.toNearestOrEven))
      return (integer, Double(integer))
    case .bfloat16:
      let bits = Float(weight).bfloat16Bits
      return (Int16(bitPattern: bits), Double(Float(bfloat16Bits: bits)))
    }
  }

  private func roundUp(_ count: Int, to unit: Int) -> Int { (count + unit - 1) / unit * unit }
}

/// The weights of all 36 points, as `WinogradLayout` computes them.
private struct TransformedKernels {
  private static let layout = WinogradLayout(
    vectorWidth: 4, tileCount: 1, wideVectors: 1, tailVectors: 1)

  private let values: [Float]
  private let channels: Int
  private let padded: Int

  init(_ kernels: KernelView) {
    channels = kernels.channels
    padded = Self.layout.paddedFilterCount(kernels.filters)
    let count = Self.layout.weightFloatCount(channels: channels, filters: kernels.filters)
    values = [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      buffer.initialize(repeating: 0)
      if let target = buffer.baseAddress { Self.layout.pack(kernels, into: target) }
      filled = count
    }
  }

  subscript(point point: Int, channel channel: Int, filter filter: Int) -> Float {
    values[(point * padded + filter / 4 * 4) * channels + 4 * channel + filter % 4]
  }
}
