import KernelInterface

/// Elements of a row that are looked through at a time.
var nonzeroStretch: Int { @inline(__always) get { 64 } }

/// Adds the products of the elements of a row that are not zero with four panels of weights. What
/// is left out would add zeros; what remains is added in the same order.
///
/// First the places are listed, without a branch on each element: none could be foreseen.
@inline(__always)
func addNonzeros<let panels: Int, let count: Int>(
  of row: UnsafePointer<Float>, times weights: Starts<panels>, _ product: RowProduct,
  _ places: UnsafeMutablePointer<Int32>, to sums: inout Sums<count>
) {
  var first = 0
  while first < product.runLength {
    let end = min(first &+ nonzeroStretch, product.runLength)
    var placeCount = 0
    for k in first..<end {
      places[placeCount] = Int32(truncatingIfNeeded: k)
      placeCount &+= row[k] == 0 ? 0 : 1
    }
    for place in 0..<placeCount {
      let k = Int(places[place])
      let x = Vector(repeating: row[k])
      for p in 0..<panels {
        let columns = weights[p] + k &* panelWidth
        sums[2 &* p] = multiplyAdd(sums[2 &* p], x, load(columns))
        sums[2 &* p &+ 1] = multiplyAdd(sums[2 &* p &+ 1], x, load(columns + vectorWidth))
      }
    }
    first = end
  }
}
