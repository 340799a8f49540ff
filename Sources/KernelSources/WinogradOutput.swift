import KernelInterface

/// Y = Aᵀ M A for every filter of each tile, then bias, pooling and rectification.
@inline(never)
func transformOutputs(_ strip: WinogradStrip) {
  let pointStride = strip.productPointStride
  let lines = strip.lines
  let results = lines + 36 &* vectorWidth
  for tile in 0..<strip.count {
    let target = TileTarget(strip, strip.positions[tile])
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
      finishTile(strip.convolution, target, filter: filter, UnsafePointer(results))
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

/// Where a tile's results belong, and how many of them lie within the map.
struct TileTarget {
  let rows: Int
  let columns: Int
  private let corner: UnsafeMutablePointer<Float>
  private let rowStride: Int
  private let pixelStride: Int

  @inline(__always)
  init(_ strip: WinogradStrip, _ position: TilePosition) {
    let target = strip.convolution.target
    let side = strip.convolution.pools ? 2 : 4
    let (y, x) = (position.row &* side, position.column &* side)
    rowStride = target.rowStride
    pixelStride = target.filters
    corner =
      target.pointer + position.image &* target.imageStride + y &* rowStride + x &* pixelStride
    rows = min(side, target.height &- y)
    columns = min(side, target.width &- x)
  }

  @inline(__always)
  func pixel(y: Int, x: Int) -> UnsafeMutablePointer<Float> {
    corner + y &* rowStride + x &* pixelStride
  }
}

/// Stores the part of a tile's 4 × 4 results that lies within the map.
@inline(__always)
private func finishTile(
  _ convolution: WinogradConvolution, _ target: TileTarget, filter: Int,
  _ results: UnsafePointer<Float>
) {
  let bias = load(convolution.bias + filter)
  let spread = convolution.pools ? 2 : 1
  for y in 0..<target.rows {
    for x in 0..<target.columns {
      let first = results + (4 &* y &+ x) &* spread &* vectorWidth
      var result = load(first)
      if convolution.pools {
        let right = maximum(result, load(first + vectorWidth))
        let below = first + 4 &* vectorWidth
        result = maximum(right, maximum(load(below), load(below + vectorWidth)))
      }
      result = result + bias
      if convolution.rectifies { result = maximum(.zero, result) }
      let left = convolution.target.filters &- filter
      store(result, to: target.pixel(y: y, x: x) + filter, count: left)
    }
  }
}
