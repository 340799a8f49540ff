import KernelInterface

// Tiles of a convolution that look the same at every pixel. All but one of their points are zero
// (but for rounding where multiply-adds are not fused), and what remains is the same for each of
// their results.

/// Whether all 6 × 6 pixels that a tile reads are the same. False also where some lie beyond the
/// map.
@inline(never)
func isEven(_ strip: WinogradStrip, _ position: TilePosition) -> Bool {
  let source = strip.convolution.source
  let channels = source.channels
  let (patch, rows, columns) = strip.patch(at: position)
  guard rows >= 6, columns >= 6 else { return false }
  // Across first: what differs at all does so there most often.
  let middle = patch + 3 &* (source.rowStride &+ channels)
  let last = patch + 5 &* (source.rowStride &+ channels)
  guard areSame(patch, middle, count: channels), areSame(patch, last, count: channels),
    areSame(patch, patch + channels, count: 5 &* channels)
  else { return false }
  for y in 1..<6 {
    guard areSame(patch, patch + y &* source.rowStride, count: 6 &* channels) else { return false }
  }
  return true
}

/// Bit by bit.
@inline(__always)
private func areSame(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Bool {
  var offset = 0
  while offset < count {
    let left = count &- offset
    let bits = unsafeBitCast(load(a + offset, count: left), to: Bits.self)
    let others = unsafeBitCast(load(b + offset, count: left), to: Bits.self)
    if !isZero(bits ^ others) { return false }
    offset &+= vectorWidth
  }
  return true
}

/// Computes such a tile by its one point, the second of the second row.
@inline(never)
func convolveEven(_ strip: WinogradStrip, _ position: TilePosition) {
  let pixel = strip.patch(at: position).pointer
  let inputs = strip.inputs + evenPoint &* strip.inputPointStride
  var channel = 0
  while channel < strip.channels {
    let line = evenPointOfLine(load(pixel + channel))
    store(evenPointOfLine(line), to: inputs + channel)
    channel &+= vectorWidth
  }
  multiplyEvenPoint(strip)
  finishEven(strip, TileTarget(strip, position))
}

/// The number among a tile's points of the one that is not zero.
var evenPoint: Int { @inline(__always) get { 7 } }

/// The second of a line's six points, all pixels of it being that: see `transformInputs`.
@inline(__always)
private func evenPointOfLine(_ pixel: Vector) -> Vector {
  let half = multiplyAdd(pixel, pixel, Vector(repeating: -4))
  return half + half
}

/// Stores what the filters come to at every pixel of a tile.
@inline(__always)
private func finishEven(_ strip: WinogradStrip, _ target: TileTarget) {
  let convolution = strip.convolution
  let filters = convolution.target.filters
  let products = UnsafePointer(strip.products) + evenPoint &* strip.productPointStride
  var filter = 0
  while filter < filters {
    var result = load(products + filter) + load(convolution.bias + filter)
    if convolution.rectifies { result = maximum(.zero, result) }
    for y in 0..<target.rows {
      for x in 0..<target.columns {
        store(result, to: target.pixel(y: y, x: x) + filter, count: filters &- filter)
      }
    }
    filter &+= vectorWidth
  }
}
