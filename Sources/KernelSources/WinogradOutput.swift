import KernelInterface

/// Y = Aᵀ M A for every filter of each tile, then bias, pooling and rectification.
@inline(never)
func transformOutputs(_ strip: WinogradStrip) {
  let pointStride = strip.productPointStride
  let lines = strip.lines
  let results = lines + 36 &* vectorWidth
  for tile in 0..<strip.count {
    let place = strip.place(of: tile)
    var filter = 0
    while filter < strip.convolution.target.filters {
      let products = UnsafePointer(strip.products) + tile &* strip.filters + filter
      for x in 0..<6 {
        transformOutputLine(
          products + x &* pointStride, stride: 6 &* pointStride, to: lines + x &* vectorWidth,
          stride: 6 &* vectorWidth)
      }
      for y in 0..<4 {
        transformOutputLine(
          UnsafePointer(lines) + 6 &* y &* vectorWidth, stride: vectorWidth,
          to: results + 4 &* y &* vectorWidth, stride: vectorWidth)
      }
      finishTile(strip, place, filter: filter, UnsafePointer(results))
      filter &+= vectorWidth
    }
  }
}

/// Aᵀ times six vectors:
///
///     1  1  1  1  1  0
///     0  1 −1  2 −2  0
///     0  1  1  4  4  0
///     0  1 −1  8 −8  1
@inline(__always)
private func transformOutputLine(
  _ source: UnsafePointer<Float>, stride: Int, to target: UnsafeMutablePointer<Float>,
  stride targetStride: Int
) {
  let m1 = load(source + stride)
  let m2 = load(source + 2 &* stride)
  let m3 = load(source + 3 &* stride)
  let m4 = load(source + 4 &* stride)
  let sum = m1 + m2
  let difference = m1 - m2
  let farSum = m3 + m4
  let farDifference = m3 - m4
  store(load(source) + sum + farSum, to: target)
  store(difference + (farDifference + farDifference), to: target + targetStride)
  store(multiplyAdd(sum, farSum, Vector(repeating: 4)), to: target + 2 &* targetStride)
  store(
    multiplyAdd(load(source + 5 &* stride) + difference, farDifference, Vector(repeating: 8)),
    to: target + 3 &* targetStride)
}

/// Stores the part of a tile's 4 × 4 results that lies within the map.
@inline(__always)
private func finishTile(
  _ strip: WinogradStrip, _ place: (image: Int, row: Int, column: Int), filter: Int,
  _ results: UnsafePointer<Float>
) {
  let convolution = strip.convolution
  let target = convolution.target
  let bias = load(convolution.bias + filter)
  let side = convolution.pools ? 2 : 4
  let spread = 4 / side
  let y = place.row &* side
  let x = place.column &* side
  let corner =
    target.pointer + place.image &* target.imageStride + y &* target.rowStride
    + x &* target.filters + filter
  for dy in 0..<min(side, target.height &- y) {
    for dx in 0..<min(side, target.width &- x) {
      let first = results + (4 &* dy &+ dx) &* spread &* vectorWidth
      var result = load(first)
      if convolution.pools {
        let right = maximum(result, load(first + vectorWidth))
        let below = first + 4 &* vectorWidth
        result = maximum(right, maximum(load(below), load(below + vectorWidth)))
      }
      result = result + bias
      if convolution.rectifies { result = maximum(result, .zero) }
      let pixel = corner + dy &* target.rowStride + dx &* target.filters
      store(result, to: pixel, count: target.filters &- filter)
    }
  }
}
