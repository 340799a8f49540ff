import CVectorInstructions
import KernelInterface

/// Y = Aᵀ M A for every filter of each tile, M being the sums as floats; then pooling and what
/// `NarrowFinish` tells. A loop of its own for each kind of result.
@inline(never)
func transformOutputs(_ strip: NarrowStrip) {
  switch (strip.convolution.finish.pools, strip.convolution.finish.result) {
  case (false, .floats): transformOutputs(strip, pools: false, .floats)
  case (false, .narrow): transformOutputs(strip, pools: false, .narrow)
  case (true, .floats): transformOutputs(strip, pools: true, .floats)
  case (true, .narrow): transformOutputs(strip, pools: true, .narrow)
  }
}

@inline(__always)
private func transformOutputs(
  _ strip: NarrowStrip, pools: Bool, _ result: NarrowFinish.Result
) {
  let lines = strip.lines.assumingMemoryBound(to: Float.self)
  let filters = strip.convolution.target.filters
  for tile in 0..<strip.count {
    let target = TileTarget(strip, strip.positions[tile])
    for v in 0..<winogradVectors {
      let filter = strip.filter &+ v &* vectorWidth
      let products = UnsafeRawPointer(strip.products) + (2 &* tile &+ v) &* vectorBytes
      transformColumns(strip, products, strip.convolution.pointScales + filter, to: lines)
      finishTile(
        UnsafePointer(lines), target, strip.convolution.finish, filter: filter,
        mask(filters &- filter), pools: pools, result)
    }
  }
}

/// Aᵀ times the six columns of sums, each times its scale:
///
///     1  1  1  1  1  0
///     0  1 −1  2 −2  0
///     0  1  1  4  4  0
///     0  1 −1  8 −8  1
@inline(__always)
private func transformColumns(
  _ strip: NarrowStrip, _ products: UnsafeRawPointer, _ scales: UnsafePointer<Float>,
  to lines: UnsafeMutablePointer<Float>
) {
  let pointStride = strip.productPointStride
  let scaleStride = strip.paddedFilters
  for x in 0..<6 {
    let column = products + x &* pointStride
    let scale = scales + x &* scaleStride
    let sums = { (y: Int) in floats(of: loadSum(column + 6 &* y &* pointStride)) }
    let scaleOf = { (y: Int) in load(scale + 6 &* y &* scaleStride) }
    let m1 = sums(1) * scaleOf(1)
    let (n2, s2) = (sums(2), scaleOf(2))
    let (sum, difference) = (m1.addingProduct(n2, s2), m1.addingProduct(-n2, s2))
    let m3 = sums(3) * scaleOf(3)
    let (n4, s4) = (sums(4), scaleOf(4))
    let (farSum, farDifference) = (m3.addingProduct(n4, s4), m3.addingProduct(-n4, s4))
    let target = lines + x &* vectorWidth
    store((sum + farSum).addingProduct(sums(0), scaleOf(0)), to: target)
    store(
      difference.addingProduct(farDifference, Floats(repeating: 2)), to: target + 6 &* vectorWidth)
    store(sum.addingProduct(farSum, Floats(repeating: 4)), to: target + 12 &* vectorWidth)
    let last = difference.addingProduct(farDifference, Floats(repeating: 8))
    store(last.addingProduct(sums(5), scaleOf(5)), to: target + 18 &* vectorWidth)
  }
}

/// Where a tile's results belong, and how many of them lie within the map.
struct TileTarget {
  let pointer: UnsafeMutableRawPointer
  let rowStride: Int
  let pixelStride: Int
  let corner: Int
  let rows: Int
  let columns: Int

  @inline(__always)
  init(_ strip: NarrowStrip, _ position: TilePosition) {
    let target = strip.convolution.target
    let side = strip.convolution.finish.pools ? 2 : 4
    let (y, x) = (position.row &* side, position.column &* side)
    pointer = target.pointer
    rowStride = target.rowStride
    pixelStride = target.filters
    corner = position.image &* target.imageStride &+ y &* rowStride &+ x &* pixelStride
    rows = min(side, target.height &- y)
    columns = min(side, target.width &- x)
  }
}

/// The same for the rows, two at a time: pooling takes the greatest of a pair of pairs.
@inline(__always)
private func finishTile(
  _ lines: UnsafePointer<Float>, _ target: TileTarget, _ finish: NarrowFinish, filter: Int,
  _ lanes: UInt16, pools: Bool, _ result: NarrowFinish.Result
) {
  let bias = load(finish.bias + filter)
  let lowest = Floats(repeating: finish.lowest)
  for pair in 0..<2 {
    let above = transformRow(lines + 12 &* pair &* vectorWidth)
    let below = transformRow(lines + (12 &* pair &+ 6) &* vectorWidth)
    let row = target.corner &+ (pools ? pair : 2 &* pair) &* target.rowStride &+ filter
    let put = { (y: Int, x: Int, values: Floats) in
      guard (pools ? pair : 2 &* pair) &+ y < target.rows, x < target.columns else { return }
      let offset = row &+ y &* target.rowStride &+ x &* target.pixelStride
      storeResults(
        maximum(lowest, values + bias), result, target.pointer, offset: offset, lanes)
    }
    if pools {
      put(0, 0, maximum(maximum(above.0, above.1), maximum(below.0, below.1)))
      put(0, 1, maximum(maximum(above.2, above.3), maximum(below.2, below.3)))
    } else {
      put(0, 0, above.0)
      put(0, 1, above.1)
      put(0, 2, above.2)
      put(0, 3, above.3)
      put(1, 0, below.0)
      put(1, 1, below.1)
      put(1, 2, below.2)
      put(1, 3, below.3)
    }
  }
}

@inline(__always)
private func transformRow(_ line: UnsafePointer<Float>) -> (Floats, Floats, Floats, Floats) {
  let m = { (x: Int) in load(line + x &* vectorWidth) }
  let (sum, difference) = (m(1) + m(2), m(1) - m(2))
  let (farSum, farDifference) = (m(3) + m(4), m(3) - m(4))
  return (
    m(0) + sum + farSum, difference.addingProduct(farDifference, Floats(repeating: 2)),
    sum.addingProduct(farSum, Floats(repeating: 4)),
    (m(5) + difference).addingProduct(farDifference, Floats(repeating: 8))
  )
}

@inline(__always)
private func store(_ floats: Floats, to target: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(target).storeBytes(of: floats, as: Floats.self)
}
