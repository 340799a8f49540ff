import CVectorInstructions
import KernelInterface

// Tiles of a convolution that look the same at every pixel. All but one of their points are zero,
// and what remains is the same for each of their results.

/// Whether all 6 × 6 pixels that a tile reads are the same. False also where some lie beyond the
/// map, or pixels are no whole numbers of 32 bits.
@inline(never)
func isEven(_ strip: NarrowStrip, _ position: TilePosition) -> Bool {
  let source = strip.convolution.source
  let pixelBytes = source.channels &* elementBytes
  let (patch, rows, columns) = strip.patch(at: position)
  guard pixelBytes % 4 == 0, rows >= 6, columns >= 6 else { return false }
  let rowBytes = source.rowStride &* elementBytes
  // Across first: what differs at all does so there most often.
  let middle = patch + 3 &* (rowBytes &+ pixelBytes)
  let last = patch + 5 &* (rowBytes &+ pixelBytes)
  guard areSame(patch, middle, byteCount: pixelBytes),
    areSame(patch, last, byteCount: pixelBytes),
    areSame(patch, patch + pixelBytes, byteCount: 5 &* pixelBytes)
  else { return false }
  for y in 1..<6 {
    guard areSame(patch, patch + y &* rowBytes, byteCount: 6 &* pixelBytes) else { return false }
  }
  return true
}

@inline(__always)
private func areSame(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, byteCount: Int) -> Bool {
  var offset = 0
  while offset < byteCount {
    let lanes = mask((byteCount &- offset) / 4)
    let difference = vmovdqu32z(a + offset, lanes) ^ vmovdqu32z(b + offset, lanes)
    if vptestmd(difference) != 0 { return false }
    offset &+= vectorBytes
  }
  return true
}

/// Computes such a tile by its one point, the second of the second row.
@inline(never)
func convolveEven(_ strip: NarrowStrip, _ position: TilePosition) {
  let source = strip.convolution.source
  let pixel = strip.patch(at: position).pointer
  var channel = 0
  while channel < strip.channels {
    let line = loadLine(
      ofElements: pixel + channel &* elementBytes, count: source.channels &- channel)
    storePoints(evenPoint(line), to: strip.inputs + channel &* pointBytes)
    channel &+= lineChannels
  }
  let pairBytes = (source.channels &+ 1) / 2 &* groupBytes
  let pointStride = pairBytes &* blockFilters
  let target = TileTarget(strip, position)
  var filter = 0
  while filter < strip.convolution.target.filters {
    let block = strip.convolution.weights + filter / blockFilters &* 36 &* pointStride
    let sums = multiplyEven(UnsafeRawPointer(strip.inputs), block + 7 &* pointStride, pairBytes)
    finishEven(strip, sums.0, target, filter: filter)
    finishEven(strip, sums.1, target, filter: filter &+ vectorWidth)
    filter &+= blockFilters
  }
}

@inline(__always)
private func multiplyEven(
  _ inputs: UnsafeRawPointer, _ weights: UnsafeRawPointer, _ pairBytes: Int
) -> (Sum, Sum) {
  var (first, second) = (Sum.zero, Sum.zero)
  var weights = weights
  var pair = 0
  while pair < pairBytes {
    let x = broadcast(inputs + pair)
    first = multiplyAddPoints(first, x, load(weights))
    second = multiplyAddPoints(second, x, load(weights + vectorBytes))
    weights += 2 &* vectorBytes
    pair &+= groupBytes
  }
  return (first, second)
}

/// Stores what 16 filters come to at every pixel of a tile.
@inline(__always)
private func finishEven(_ strip: NarrowStrip, _ sums: Sum, _ target: TileTarget, filter: Int) {
  let convolution = strip.convolution
  let lanes = mask(convolution.target.filters &- filter)
  guard lanes != 0 else { return }
  let scales = load(convolution.pointScales + (7 &* strip.paddedFilters &+ filter))
  let values = floats(of: sums) * scales + load(convolution.finish.bias + filter)
  let results = maximum(Floats(repeating: convolution.finish.lowest), values)
  for y in 0..<target.rows {
    for x in 0..<target.columns {
      let offset = y &* target.rowStride &+ x &* target.pixelStride
      storeResults(
        results, convolution.finish.result, target.pointer,
        offset: target.corner &+ offset &+ filter, lanes)
    }
  }
}
