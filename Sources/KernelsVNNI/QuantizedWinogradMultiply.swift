import CVectorInstructions
import KernelInterface

/// For each of the 36 points: [tiles][channels] times the weights of a block of filters,
/// [channel pairs][filters][2].
///
/// A strip that ends short takes a kernel of fewer tiles: small maps, one image at a time, are
/// hardly more than that. What is multiplied beyond nobody reads.
@inline(never)
func multiplyPoints(_ strip: QuantizedStrip) {
  let pairBytes = (strip.convolution.source.channels &+ 1) / 2 &* 4
  let pointBytes = pairBytes &* blockFilters
  var weights =
    UnsafeRawPointer(strip.convolution.weights) + strip.filter / blockFilters &* 36 &* pointBytes
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
    weights += pointBytes
  }
}

@inline(__always)
private func multiplyPoint<let tiles: Int, let count: Int>(
  _ strip: QuantizedStrip, _ starts: inout Starts<tiles>, _ weights: UnsafeRawPointer,
  _ pairBytes: Int, _ sums: inout Sums<count>, to products: UnsafeMutableRawPointer
) {
  for t in 0..<tiles { starts[t] += t &* strip.channels &* 2 }
  var weights = weights
  var pair = 0
  while pair < pairBytes {
    for t in 0..<tiles {
      let x = broadcast(starts[t] + pair)
      for v in 0..<2 {
        sums[2 &* t &+ v] = vpdpwssd(sums[2 &* t &+ v], x, load(weights + v &* vectorBytes))
      }
    }
    weights += 2 &* vectorBytes
    pair &+= 4
  }
  for i in 0..<count { store(sums[i], to: products + i &* vectorBytes) }
}
