import CVectorInstructions
import KernelInterface

/// For each of the 36 points: [tiles][channels] times the weights of a block of filters,
/// [channel pairs][filters][2]. A strip that ends short multiplies what the one before it left
/// there, too; nobody reads it.
@inline(never)
func multiplyPoints(_ strip: QuantizedStrip) {
  let pairBytes = (strip.convolution.source.channels &+ 1) / 2 &* 4
  let pointBytes = pairBytes &* blockFilters
  var weights =
    UnsafeRawPointer(strip.convolution.weights) + strip.filter / blockFilters &* 36 &* pointBytes
  for point in 0..<36 {
    var starts: Starts<6> = allStarts(at: strip.inputs + point &* strip.inputPointStride)
    var sums: Sums<12> = zeroSums()
    for t in 0..<6 { starts[t] += t &* strip.channels &* 2 }
    var pair = 0
    while pair < pairBytes {
      for t in 0..<6 {
        let x = broadcast(starts[t] + pair)
        for v in 0..<2 {
          sums[2 &* t &+ v] = vpdpwssd(sums[2 &* t &+ v], x, load(weights + v &* vectorBytes))
        }
      }
      weights += 2 &* vectorBytes
      pair &+= 4
    }
    let products = strip.products + point &* strip.productPointStride
    for i in 0..<12 { store(sums[i], to: products + i &* vectorBytes) }
  }
}
