import KernelInterface

/// The sums of a tile, row by row, held in registers.
///
/// They stay there only while every index is a constant: nothing but loops with constant bounds,
/// which are unrolled whole, may touch them.
typealias Sums<let count: Int> = InlineArray<count, Vector>
typealias Starts<let count: Int> = InlineArray<count, UnsafePointer<Float>>

/// Adds the products of one run: `rows` runs of a product, each times the weights
/// [runLength][count / rows vectors].
@inline(__always)
func addRun<let rows: Int, let count: Int>(
  of rowStarts: Starts<rows>, times weights: UnsafePointer<Float>, _ product: RowProduct,
  to sums: inout Sums<count>
) {
  let vectors = count / rows
  var weights = weights
  let stride = product.elementStride
  var element = 0
  for _ in 0..<product.runLength {
    for r in 0..<rows {
      let x = Vector(repeating: rowStarts[r][element])
      for v in 0..<vectors {
        let i = r &* vectors &+ v
        sums[i] = multiplyAdd(sums[i], x, load(weights + v &* vectorWidth))
      }
    }
    weights += vectors &* vectorWidth
    element &+= stride
  }
}

/// Adds the products of one run of a single row with `panels` panels of weights at once.
@inline(__always)
func addRun<let panels: Int, let count: Int>(
  ofOneRow row: UnsafePointer<Float>, times weights: Starts<panels>, _ product: RowProduct,
  to sums: inout Sums<count>
) {
  for k in 0..<product.runLength {
    let x = Vector(repeating: row[k &* product.elementStride])
    for p in 0..<panels {
      let columns = weights[p] + k &* panelWidth
      sums[2 &* p] = multiplyAdd(sums[2 &* p], x, load(columns))
      sums[2 &* p &+ 1] = multiplyAdd(sums[2 &* p &+ 1], x, load(columns + vectorWidth))
    }
  }
}
