import KernelInterface

/// For each of the 36 points: [tiles][channels] times weights [channels][filters].
///
/// A strip that ends short takes a kernel of fewer tiles: small maps, one image at a time, are
/// hardly more than that. The sums come out the same.
@inline(__always)
func multiplyPoints(_ strip: WinogradStrip) {
  switch strip.count {
  case ...2: multiplyPairs(strip)
  case ...4: multiplyFours(strip)
  default: multiplyWholeStrips(strip)
  }
}

@inline(never)
private func multiplyWholeStrips(_ strip: WinogradStrip) {
  multiply(
    strip, points: 0..<36, { allStarts(at: $0) as WinogradStarts },
    { zeroSums() as WinogradWideSums }, { zeroSums() as WinogradTailSums })
}

@inline(never)
private func multiplyFours(_ strip: WinogradStrip) {
  multiply(
    strip, points: 0..<36, { allStarts(at: $0) as Starts<4> },
    { zeroSums() as WinogradWideFourSums }, { zeroSums() as WinogradTailFourSums })
}

@inline(never)
private func multiplyPairs(_ strip: WinogradStrip) {
  multiply(
    strip, points: 0..<36, { allStarts(at: $0) as Starts<2> },
    { zeroSums() as WinogradWidePairSums }, { zeroSums() as WinogradTailPairSums })
}

/// A single tile's even point.
@inline(never)
func multiplyEvenPoint(_ strip: WinogradStrip) {
  multiply(
    strip, points: evenPoint..<(evenPoint &+ 1), { allStarts(at: $0) as Starts<1> },
    { zeroSums() as WinogradWideLoneSums }, { zeroSums() as WinogradTailLoneSums })
}

/// Some tiles times each block of filters, for some of the points.
///
/// - Parameters:
///   - starts: Where the tiles begin, all at the first.
///   - wideSums: Those of a wide block of filters, zero.
///   - tailSums: Those of a block of the tail.
@inline(__always)
private func multiply<let tiles: Int, let wide: Int, let tail: Int>(
  _ strip: WinogradStrip, points: Range<Int>,
  _ starts: (UnsafePointer<Float>) -> Starts<tiles>,
  _ wideSums: () -> Sums<wide>, _ tailSums: () -> Sums<tail>
) {
  let pointWeights = strip.convolution.source.channels &* strip.filters
  var weights = strip.convolution.weights + points.lowerBound &* pointWeights
  for point in points {
    let inputs = UnsafePointer(strip.inputs) + point &* strip.inputPointStride
    let products = strip.products + point &* strip.productPointStride
    var column = 0
    while strip.filters &- column >= winogradWideVectors &* vectorWidth {
      var (starts, sums) = (starts(inputs), wideSums())
      weights = multiplyBlock(strip, &starts, weights, &sums, to: products + column)
      column &+= winogradWideVectors &* vectorWidth
    }
    while column < strip.filters {
      var (starts, sums) = (starts(inputs), tailSums())
      weights = multiplyBlock(strip, &starts, weights, &sums, to: products + column)
      column &+= winogradTailVectors &* vectorWidth
    }
  }
}

/// Some tiles times one block of filters. Returns where the next block's weights begin.
@inline(__always)
private func multiplyBlock<let tiles: Int, let count: Int>(
  _ strip: WinogradStrip, _ starts: inout Starts<tiles>, _ weights: UnsafePointer<Float>,
  _ sums: inout Sums<count>, to products: UnsafeMutablePointer<Float>
) -> UnsafePointer<Float> {
  let vectors = count / tiles
  for t in 0..<tiles { starts[t] += t &* strip.channels }
  var weights = weights
  for channel in 0..<strip.convolution.source.channels {
    for t in 0..<tiles {
      let x = Vector(repeating: starts[t][channel])
      for v in 0..<vectors {
        let i = t &* vectors &+ v
        sums[i] = multiplyAdd(sums[i], x, load(weights + v &* vectorWidth))
      }
    }
    weights += vectors &* vectorWidth
  }
  for t in 0..<tiles {
    for v in 0..<vectors {
      store(sums[t &* vectors &+ v], to: products + t &* strip.filters + v &* vectorWidth)
    }
  }
  return weights
}
