import KernelInterface

/// For each of the 36 points: [tiles][channels] times weights [channels][filters].
@inline(never)
func multiplyPoints(_ strip: WinogradStrip) {
  var weights = strip.convolution.weights
  for point in 0..<36 {
    let inputs = UnsafePointer(strip.inputs) + point &* strip.inputPointStride
    let products = strip.products + point &* strip.productPointStride
    var column = 0
    while strip.filters &- column >= winogradWideVectors &* vectorWidth {
      var sums: WinogradWideSums = zeroSums()
      weights = multiplyBlock(strip, inputs, weights, &sums, to: products + column)
      column &+= winogradWideVectors &* vectorWidth
    }
    while column < strip.filters {
      var sums: WinogradNarrowSums = zeroSums()
      weights = multiplyBlock(strip, inputs, weights, &sums, to: products + column)
      column &+= winogradNarrowVectors &* vectorWidth
    }
  }
}

/// All tiles times one block of filters. Returns where the next block's weights begin.
@inline(__always)
private func multiplyBlock<let count: Int>(
  _ strip: WinogradStrip, _ inputs: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
  _ sums: inout Sums<count>, to products: UnsafeMutablePointer<Float>
) -> UnsafePointer<Float> {
  let vectors = count / winogradTiles
  var starts: WinogradStarts = allStarts(at: inputs)
  for t in 0..<winogradTiles { starts[t] = inputs + t &* strip.channels }
  var weights = weights
  for channel in 0..<strip.convolution.source.channels {
    for t in 0..<winogradTiles {
      let x = Vector(repeating: starts[t][channel])
      for v in 0..<vectors {
        let i = t &* vectors &+ v
        sums[i] = multiplyAdd(sums[i], x, load(weights + v &* vectorWidth))
      }
    }
    weights += vectors &* vectorWidth
  }
  for t in 0..<winogradTiles {
    for v in 0..<vectors {
      store(sums[t &* vectors &+ v], to: products + t &* strip.filters + v &* vectorWidth)
    }
  }
  return weights
}
