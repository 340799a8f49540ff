import KernelInterface

// Sums stay in registers only while every index into them is a constant. So whole tiles are
// loaded and stored by unrolled loops, and a tile that is cut off at the right edge goes through
// memory, where rolled loops may take it row by row.

/// Puts what the sums begin with into a tile of zeros.
@inline(__always)
func begin(_ sums: inout TileSums<2>, _ product: RowProduct, _ corner: TileCorner) {
  switch product.start {
  case .zero: break
  case .bias(let bias):
    let first = load(bias + corner.column)
    let second = load(bias + corner.column + vectorWidth)
    for r in 0..<tileRows {
      sums[r][0] = first
      sums[r][1] = second
    }
  case .output:
    if corner.columnCount >= panelWidth {
      for r in 0..<tileRows {
        let source = UnsafePointer(corner.result(product, corner.resultRow(r)))
        sums[r][0] = load(source)
        sums[r][1] = load(source + vectorWidth)
      }
    } else {
      let tile = loadCutTile(product, corner)
      for r in 0..<tileRows { sums[r] = [tile[r][0], tile[r][1]] }
    }
  }
}

/// Stores every row of the tile.
@inline(__always)
func finish(_ sums: inout TileSums<2>, _ product: RowProduct, _ corner: TileCorner) {
  if product.finish.rectifies {
    for r in 0..<tileRows {
      sums[r][0] = maximum(sums[r][0], .zero)
      sums[r][1] = maximum(sums[r][1], .zero)
    }
  }
  if corner.columnCount >= panelWidth {
    for r in 0..<tileRows {
      let target = corner.result(product, corner.resultRow(r))
      store(sums[r][0], to: target)
      store(sums[r][1], to: target + vectorWidth)
    }
  } else {
    var tile = TileSums<2>(repeating: [.zero, .zero])
    for r in 0..<tileRows { tile[r] = [sums[r][0], sums[r][1]] }
    storeCutTile(tile, product, corner)
  }
}

/// Stores the maximum of every four rows of the tile.
@inline(__always)
func finishPooling(_ sums: inout TileSums<2>, _ product: RowProduct, _ corner: TileCorner) {
  for g in 0..<(tileRows / 4) {
    let r = 4 &* g
    var first = maximum(
      maximum(sums[r][0], sums[r &+ 1][0]), maximum(sums[r &+ 2][0], sums[r &+ 3][0]))
    var second = maximum(
      maximum(sums[r][1], sums[r &+ 1][1]), maximum(sums[r &+ 2][1], sums[r &+ 3][1]))
    if product.finish.rectifies {
      first = maximum(first, .zero)
      second = maximum(second, .zero)
    }
    let target = corner.result(product, corner.pooledRow(g))
    store(first, to: target, count: corner.columnCount)
    store(second, to: target + vectorWidth, count: corner.columnCount &- vectorWidth)
  }
}

@inline(never)
private func loadCutTile(_ product: RowProduct, _ corner: TileCorner) -> TileSums<2> {
  var tile = TileSums<2>(repeating: [.zero, .zero])
  for r in 0..<tileRows {
    let source = UnsafePointer(corner.result(product, corner.resultRow(r)))
    tile[r][0] = load(source, count: corner.columnCount)
    tile[r][1] = load(source + vectorWidth, count: corner.columnCount &- vectorWidth)
  }
  return tile
}

@inline(never)
private func storeCutTile(_ tile: TileSums<2>, _ product: RowProduct, _ corner: TileCorner) {
  for r in 0..<tileRows {
    let target = corner.result(product, corner.resultRow(r))
    store(tile[r][0], to: target, count: corner.columnCount)
    store(tile[r][1], to: target + vectorWidth, count: corner.columnCount &- vectorWidth)
  }
}
