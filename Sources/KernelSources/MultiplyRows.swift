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
  // On the stack: a temporary allocation of this size would come from the heap.
  var memory = TileMemory(repeating: .zero)
  withUnsafeMutablePointer(to: &memory) { memory in
    multiplyTiles(product, memory: UnsafeMutableRawPointer(memory))
  }
}

@inline(__always)
private func multiplyTiles(_ product: RowProduct, memory: UnsafeMutableRawPointer) {
  var tile = Tile(product, memory: memory)
  while tile.column < product.columnCount {
    tile.row = 0
    while tile.row < product.rowCount {
      tile.locateRows()
      if tile.columnCount > vectorWidth { multiplyWide(tile) } else { multiplyNarrow(tile) }
      if tile.isCut { tile.storeCutRows() }
      tile.row &+= tileRows
    }
    tile.column &+= panelWidth
  }
}

/// One tile of two vectors of columns.
@inline(never)
private func multiplyWide(_ tile: Tile) {
  var sums = WideSums(repeating: .zero)
  for r in 0..<tileRows {
    sums[2 &* r] = load(tile.begins[r])
    sums[2 &* r &+ 1] = load(tile.begins[r] + vectorWidth)
  }
  addAllRuns(to: &sums, tile, runFloats: tile.product.runLength &* panelWidth)
  if tile.product.finish.pools {
    poolGroups(&sums, vectors: 2)
    if tile.product.finish.rectifies { rectify(&sums) }
    for r in 0..<(tileRows / 4) {
      store(sums[2 &* r], to: tile.ends[r])
      store(sums[2 &* r &+ 1], to: tile.ends[r] + vectorWidth)
    }
  } else {
    if tile.product.finish.rectifies { rectify(&sums) }
    for r in 0..<tileRows {
      store(sums[2 &* r], to: tile.ends[r])
      store(sums[2 &* r &+ 1], to: tile.ends[r] + vectorWidth)
    }
  }
}

/// One tile of a single vector of columns.
@inline(never)
private func multiplyNarrow(_ tile: Tile) {
  var sums = NarrowSums(repeating: .zero)
  for r in 0..<tileRows { sums[r] = load(tile.begins[r]) }
  addAllRuns(to: &sums, tile, runFloats: tile.product.runLength &* vectorWidth)
  if tile.product.finish.pools {
    poolGroups(&sums, vectors: 1)
    if tile.product.finish.rectifies { rectify(&sums) }
    for r in 0..<(tileRows / 4) { store(sums[r], to: tile.ends[r]) }
  } else {
    if tile.product.finish.rectifies { rectify(&sums) }
    for r in 0..<tileRows { store(sums[r], to: tile.ends[r]) }
  }
}

@inline(__always)
private func addAllRuns<let count: Int>(to sums: inout Sums<count>, _ tile: Tile, runFloats: Int) {
  var starts = TileStarts(repeating: tile.inputs[0])
  for r in 0..<tileRows { starts[r] = tile.inputs[r] }
  var weights = tile.weights
  for _ in 0..<tile.product.runCount {
    addRun(of: starts, times: weights, tile.product, to: &sums)
    for r in 0..<tileRows { starts[r] += tile.product.runStride }
    weights += runFloats
  }
}

/// Rows 0, 1… become the maximum of rows 0…3, 4…7 and so on.
@inline(__always)
private func poolGroups<let count: Int>(_ sums: inout Sums<count>, vectors: Int) {
  for g in 0..<(tileRows / 4) {
    for v in 0..<vectors {
      let i = 4 &* g &* vectors &+ v
      sums[g &* vectors &+ v] = maximum(
        maximum(sums[i], sums[i &+ vectors]),
        maximum(sums[i &+ 2 &* vectors], sums[i &+ 3 &* vectors]))
    }
  }
}

@inline(__always)
private func rectify<let count: Int>(_ sums: inout Sums<count>) {
  let vectors = count / tileRows
  for r in 0..<tileRows {
    for v in 0..<vectors {
      let i = r &* vectors &+ v
      sums[i] = maximum(sums[i], .zero)
    }
  }
}
