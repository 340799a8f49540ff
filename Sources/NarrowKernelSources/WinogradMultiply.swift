import CVectorInstructions
import KernelInterface

/// For each of the 36 points: [tiles][channels] times the weights of a block of filters,
/// [channel pairs][filters][2].
///
/// A strip that ends short takes a kernel of fewer tiles: small maps, one image at a time, are
/// hardly more than that. What is multiplied beyond nobody reads.
@inline(never)
func multiplyPoints(_ strip: NarrowStrip) {
  let pairBytes = (strip.convolution.source.channels &+ 1) / 2 &* groupBytes
  let pointStride = pairBytes &* blockFilters
  var weights =
    strip.convolution.weights + strip.filter / blockFilters &* 36 &* pointStride
  for point in 0..<strip.pointCount {
    let inputs = UnsafeRawPointer(strip.inputs) + point &* strip.inputPointStride
    let products = strip.products + point &* strip.productPointStride
    switch strip.count {
    case ...2:
      var (starts, sums): (Starts<2>, Sums<4>) = (allStarts(at: inputs), zeroSums())
      multiplyPoint(strip, &starts, weights, pairBytes, &sums, to: products)
    case ...4:
      var (starts, sums): (Starts<4>, Sums<8>) = (allStarts(at: inputs), zeroSums())
      multiplyPoint(strip, &starts, weights, pairBytes, &sums, to: products)
    default:
      var (starts, sums): (Starts<6>, Sums<12>) = (allStarts(at: inputs), zeroSums())
      multiplyPoint(strip, &starts, weights, pairBytes, &sums, to: products)
    }
    weights += pointStride
  }
}

@inline(__always)
private func multiplyPoint<let tiles: Int, let count: Int>(
  _ strip: NarrowStrip, _ starts: inout Starts<tiles>, _ weights: UnsafeRawPointer,
  _ pairBytes: Int, _ sums: inout Sums<count>, to products: UnsafeMutableRawPointer
) {
  for t in 0..<tiles { starts[t] += t &* strip.channels &* pointBytes }
  var weights = weights
  var pair = 0
  while pair < pairBytes {
    for t in 0..<tiles {
      let x = broadcast(starts[t] + pair)
      for v in 0..<2 {
        sums[2 &* t &+ v] = multiplyAddPoints(
          sums[2 &* t &+ v], x, load(weights + v &* vectorBytes))
      }
    }
    weights += 2 &* vectorBytes
    pair &+= groupBytes
  }
  for i in 0..<count { store(sums[i], to: products + i &* vectorBytes) }
}
