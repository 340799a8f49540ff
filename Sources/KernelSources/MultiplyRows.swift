import KernelInterface

/// Floats of one k in a whole panel of packed weights.
package var panelWidth: Int { @inline(__always) get { 2 &* vectorWidth } }

/// Computes a `RowProduct`.
///
/// One panel of weights at a time, so that it stays in the nearest cache while all rows pass it.
/// A few rows go one by one instead, several panels at a time; and where zeros are passed over that
/// rows have in common, each few pass all panels. The sums come out the same.
@inline(never)
package func multiplyRows(_ product: RowProduct) {
  // On the stack: a temporary allocation of this size would come from the heap.
  var memory = TileMemory(repeating: .zero)
  withUnsafeMutablePointer(to: &memory) { memory in
    let memory = UnsafeMutableRawPointer(memory)
    if product.rowCount < singleRowsBelow, !product.finish.pools {
      let indices = memory.assumingMemoryBound(to: Int32.self)
      for row in 0..<product.rowCount { multiplySingleRow(product, row: row, indices) }
    } else if product.passesOverQuads {
      multiplyNonzeros(product, memory: memory)
    } else {
      multiplyTiles(product, memory: memory)
    }
  }
}

@inline(__always)
private func multiplyTiles(_ product: RowProduct, memory: UnsafeMutableRawPointer) {
  var tile = Tile(product, memory: memory)
  while tile.column < product.columnCount {
    tile.row = 0
    while tile.row < product.rowCount {
      tile.takeRows()
      multiplyTile(&tile)
      tile.row &+= tile.rows
    }
    tile.column &+= panelWidth
  }
}

/// Some rows times all panels, so that they are looked through once.
@inline(__always)
private func multiplyNonzeros(_ product: RowProduct, memory: UnsafeMutableRawPointer) {
  var words: QuadBits = [0, 0, 0, 0]
  withUnsafeMutablePointer(to: &words) { words in
    let words = UnsafeMutableRawPointer(words).assumingMemoryBound(to: UInt64.self)
    var tile = Tile(product, memory: memory)
    while tile.row < product.rowCount {
      tile.takeRows()
      tile.nonzeros = findNonzeros(of: tile, in: words)
      tile.column = 0
      while tile.column < product.columnCount {
        multiplyTile(&tile)
        tile.column &+= panelWidth
      }
      tile.row &+= tile.rows
    }
  }
}

@inline(__always)
private func multiplyTile(_ tile: inout Tile) {
  let isWide = tile.columnCount > vectorWidth
  switch (tile.rows == tileRows, isWide) {
  case (true, true):
    if let nonzeros = tile.nonzeros {
      multiplyNonzeros(tile, nonzeros)
    } else {
      multiplyWide(tile)
    }
  case (true, false): multiplyOneVector(tile)
  case (false, true): multiplyShortWide(tile)
  case (false, false): multiplyShortOneVector(tile)
  }
  if tile.isCut { tile.storeCutRows() }
}

// One tile each: `tileRows` or `shortTileRows` rows, two vectors of columns or a single one.

@inline(never)
private func multiplyWide(_ tile: Tile) {
  var starts: TileStarts = allStarts(at: tile.product.input)
  var sums: WideSums = zeroSums()
  multiply(tile, from: &starts, into: &sums)
}

@inline(never)
private func multiplyNonzeros(_ tile: Tile, _ nonzeros: UnsafePointer<UInt64>) {
  var starts: TileStarts = allStarts(at: tile.product.input)
  var sums: WideSums = zeroSums()
  multiply(tile, from: &starts, into: &sums, passing: nonzeros)
}

@inline(never)
private func multiplyOneVector(_ tile: Tile) {
  var starts: TileStarts = allStarts(at: tile.product.input)
  var sums: OneVectorSums = zeroSums()
  multiply(tile, from: &starts, into: &sums)
}

@inline(never)
private func multiplyShortWide(_ tile: Tile) {
  var starts: Starts<4> = allStarts(at: tile.product.input)
  var sums: ShortWideSums = zeroSums()
  multiply(tile, from: &starts, into: &sums)
}

@inline(never)
private func multiplyShortOneVector(_ tile: Tile) {
  var starts: Starts<4> = allStarts(at: tile.product.input)
  var sums: ShortOneVectorSums = zeroSums()
  multiply(tile, from: &starts, into: &sums)
}

/// In one function with nested loops of constant bounds: split up, the sums go through memory.
@inline(__always)
private func multiply<let rows: Int, let count: Int>(
  _ tile: Tile, from starts: inout Starts<rows>, into sums: inout Sums<count>,
  passing nonzeros: UnsafePointer<UInt64>? = nil
) {
  let vectors = count / rows
  let liveRows = tile.liveRows
  for r in 0..<rows { starts[r] = tile.input(r) }
  switch tile.product.start {
  case .zero: break
  case .bias(let bias):
    for v in 0..<vectors {
      let beginning = load(bias + (tile.column &+ v &* vectorWidth))
      for r in 0..<rows { sums[r &* vectors &+ v] = beginning }
    }
  case .output:
    if tile.isCut { tile.loadCutRows() }
    for r in 0..<rows where r < liveRows {
      let target = UnsafePointer(tile.target(r))
      for v in 0..<vectors { sums[r &* vectors &+ v] = load(target + v &* vectorWidth) }
    }
  }
  if let nonzeros {
    addNonzeros(nonzeros, of: starts, times: tile.weights, tile.product.runLength, to: &sums)
  } else {
    addAllRuns(to: &sums, starts: &starts, tile)
  }
  let finish = tile.product.finish
  if finish.pools {
    for g in 0..<(rows / 4) {
      for v in 0..<vectors {
        let i = 4 &* g &* vectors &+ v
        let above = maximum(sums[i], sums[i &+ vectors])
        let below = maximum(sums[i &+ 2 &* vectors], sums[i &+ 3 &* vectors])
        sums[g &* vectors &+ v] = maximum(above, below)
      }
    }
  }
  if finish.rectifies {
    for i in 0..<count { sums[i] = maximum(.zero, sums[i]) }
  }
  if finish.pools {
    for g in 0..<(rows / 4) where 4 &* g < liveRows {
      let target = tile.target(g)
      for v in 0..<vectors { store(sums[g &* vectors &+ v], to: target + v &* vectorWidth) }
    }
  } else {
    for r in 0..<rows where r < liveRows {
      let target = tile.target(r)
      for v in 0..<vectors { store(sums[r &* vectors &+ v], to: target + v &* vectorWidth) }
    }
  }
}

@inline(__always)
private func addAllRuns<let rows: Int, let count: Int>(
  to sums: inout Sums<count>, starts: inout Starts<rows>, _ tile: Tile
) {
  let runFloats = tile.product.runLength &* (count / rows) &* vectorWidth
  var weights = tile.weights
  for _ in 0..<tile.product.runCount {
    addRun(of: starts, times: weights, tile.product, to: &sums)
    for r in 0..<rows { starts[r] += tile.product.runStride }
    weights += runFloats
  }
}
