import KernelInterface

/// Floats of one k in a whole panel of packed weights.
package var panelWidth: Int { @inline(__always) get { 2 &* vectorWidth } }

/// Computes a `RowProduct`.
///
/// One panel of weights at a time, so that it stays in the nearest cache while all rows pass it.
/// A few rows go one by one instead, several panels at a time: the sums come out the same.
@inline(never)
package func multiplyRows(_ product: RowProduct) {
  if product.rowCount < singleRowsBelow, !product.finish.pools {
    for row in 0..<product.rowCount { multiplySingleRow(product, row: row) }
    return
  }
  var column = 0
  while column < product.columnCount {
    var row = 0
    while row < product.rowCount {
      multiplyTile(product, TileCorner(product, row: row, column: column))
      row &+= tileRows
    }
    column &+= panelWidth
  }
}

@inline(__always)
private func multiplyTile(_ product: RowProduct, _ corner: TileCorner) {
  var sums = TileSums<2>(repeating: [.zero, .zero])
  begin(&sums, product, corner)
  if corner.columnCount > vectorWidth {
    addAllRuns(to: &sums, product, corner)
  } else {
    var narrow = TileSums<1>(repeating: [.zero])
    for r in 0..<tileRows { narrow[r][0] = sums[r][0] }
    addAllRuns(to: &narrow, product, corner)
    for r in 0..<tileRows { sums[r][0] = narrow[r][0] }
  }
  if product.finish.pools {
    finishPooling(&sums, product, corner)
  } else {
    finish(&sums, product, corner)
  }
}

@inline(__always)
private func addAllRuns<let vectors: Int>(
  to sums: inout TileSums<vectors>, _ product: RowProduct, _ corner: TileCorner
) {
  var starts = TileStarts(repeating: product.input)
  for r in 0..<tileRows { starts[r] += Int(product.inputOffsets[corner.inputRow(r)]) }
  var weights = product.weights(ofPanelAt: corner.column)
  for _ in 0..<product.runCount {
    addRun(of: starts, times: weights, length: product.runLength, to: &sums)
    for r in 0..<tileRows { starts[r] += product.runStride }
    weights += product.runLength &* (vectors &* vectorWidth)
  }
}

extension RowProduct {
  @inline(__always)
  func weights(ofPanelAt column: Int) -> UnsafePointer<Float> {
    weights + (column / panelWidth) &* panelStride
  }
}
