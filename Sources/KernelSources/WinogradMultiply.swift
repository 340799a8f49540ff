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
  forEachBlock(of: strip) { inputs, weights, products, isWide in
    var starts: WinogradStarts = allStarts(at: inputs)
    if isWide {
      var sums: WinogradWideSums = zeroSums()
      return multiplyBlock(strip, &starts, weights, &sums, to: products)
    }
    var sums: WinogradNarrowSums = zeroSums()
    return multiplyBlock(strip, &starts, weights, &sums, to: products)
  }
}

@inline(never)
private func multiplyFours(_ strip: WinogradStrip) {
  forEachBlock(of: strip) { inputs, weights, products, isWide in
    var starts: Starts<4> = allStarts(at: inputs)
    if isWide {
      var sums: WinogradWideFourSums = zeroSums()
      return multiplyBlock(strip, &starts, weights, &sums, to: products)
    }
    var sums: WinogradNarrowFourSums = zeroSums()
    return multiplyBlock(strip, &starts, weights, &sums, to: products)
  }
}

@inline(never)
private func multiplyPairs(_ strip: WinogradStrip) {
  forEachBlock(of: strip) { inputs, weights, products, isWide in
    var starts: Starts<2> = allStarts(at: inputs)
    if isWide {
      var sums: WinogradWidePairSums = zeroSums()
      return multiplyBlock(strip, &starts, weights, &sums, to: products)
    }
    var sums: WinogradNarrowPairSums = zeroSums()
    return multiplyBlock(strip, &starts, weights, &sums, to: products)
  }
}

/// A single tile's even point.
@inline(never)
func multiplyEvenPoint(_ strip: WinogradStrip) {
  let pointWeights = strip.convolution.source.channels &* strip.filters
  let weights = strip.convolution.weights + evenPoint &* pointWeights
  _ = forEachBlock(of: strip, point: evenPoint, weights) { inputs, weights, products, isWide in
    var starts: Starts<1> = allStarts(at: inputs)
    if isWide {
      var sums: WinogradWideLoneSums = zeroSums()
      return multiplyBlock(strip, &starts, weights, &sums, to: products)
    }
    var sums: WinogradNarrowLoneSums = zeroSums()
    return multiplyBlock(strip, &starts, weights, &sums, to: products)
  }
}

/// Calls `body` with the inputs, weights and products of each block of filters of each point, and
/// whether it is a wide one. `body` returns where the next block's weights begin.
@inline(__always)
private func forEachBlock(
  of strip: WinogradStrip,
  _ body: (
    UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Bool
  ) -> UnsafePointer<Float>
) {
  var weights = strip.convolution.weights
  for point in 0..<36 { weights = forEachBlock(of: strip, point: point, weights, body) }
}

/// The same for one point. Returns where the next one's weights begin.
@inline(__always)
private func forEachBlock(
  of strip: WinogradStrip, point: Int, _ weights: UnsafePointer<Float>,
  _ body: (
    UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Bool
  ) -> UnsafePointer<Float>
) -> UnsafePointer<Float> {
  let inputs = UnsafePointer(strip.inputs) + point &* strip.inputPointStride
  let products = strip.products + point &* strip.productPointStride
  var weights = weights
  var column = 0
  while strip.filters &- column >= winogradWideVectors &* vectorWidth {
    weights = body(inputs, weights, products + column, true)
    column &+= winogradWideVectors &* vectorWidth
  }
  while column < strip.filters {
    weights = body(inputs, weights, products + column, false)
    column &+= winogradNarrowVectors &* vectorWidth
  }
  return weights
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
