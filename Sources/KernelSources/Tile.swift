import KernelInterface

/// Rows of a short tile: for the last few rows of a product, and for pooling where `tileRows` is
/// not a multiple of four.
var shortTileRows: Int { @inline(__always) get { 4 } }

/// Some rows of a product times one panel: where to read, begin and end.
struct Tile {
  let product: RowProduct
  var row = 0
  /// `tileRows` or `shortTileRows`; some may hang over the last row.
  private(set) var rows = tileRows
  var column = 0
  /// Which quads of its rows are multiplied: see `QuadBits`. Nil for all.
  var nonzeros: UnsafePointer<UInt64>?
  /// Room for the results of a tile that hangs over the right edge, [tileRows][panelWidth].
  private let cut: UnsafeMutablePointer<Float>

  /// - Parameter memory: a `TileMemory`.
  @inline(__always)
  init(_ product: RowProduct, memory: UnsafeMutableRawPointer) {
    self.product = product
    cut = memory.assumingMemoryBound(to: Float.self)
  }

  /// Columns from here to the right edge of the product.
  var columnCount: Int { @inline(__always) get { product.columnCount &- column } }

  /// Whether the tile hangs over the right edge, so that whole vectors would store too much.
  var isCut: Bool {
    @inline(__always) get { columnCount < panelWidth && columnCount != vectorWidth }
  }

  var weights: UnsafePointer<Float> {
    @inline(__always) get { product.weights(ofPanelAt: column) }
  }

  /// Chooses how many rows from `row` on the tile has.
  @inline(__always)
  mutating func takeRows() {
    let left = product.rowCount &- row
    let shortTiles = (left &+ shortTileRows &- 1) / shortTileRows
    let isShort = shortTiles &* shortTileRows < tileRows
    let poolsShort = product.finish.pools && tileRows % 4 != 0
    rows = isShort || poolsShort ? shortTileRows : tileRows
  }

  /// Rows of the tile that the product has. The others are computed too, and not stored.
  var liveRows: Int { @inline(__always) get { min(rows, product.rowCount &- row) } }

  /// Where row `r` is read; for one beyond the last, that one.
  @inline(__always)
  func input(_ r: Int) -> UnsafePointer<Float> {
    product.input + Int(product.inputOffsets[min(row &+ r, product.rowCount &- 1)])
  }

  /// Where the tile's result row `r` belongs; when pooling, that of a group of four.
  @inline(__always)
  func result(_ r: Int) -> UnsafeMutablePointer<Float> {
    let first = product.finish.pools ? row / 4 : row
    return product.output + Int(product.outputOffsets[first &+ r]) + column
  }

  /// Where the results of row `r` go first: to the output, or to the room for a tile that is cut.
  @inline(__always)
  func target(_ r: Int) -> UnsafeMutablePointer<Float> {
    isCut ? cut + r &* panelWidth : result(r)
  }

  /// Fills the room for a tile that is cut with what the output holds there.
  @inline(never)
  func loadCutRows() {
    for r in 0..<liveRows {
      let source = result(r)
      for c in 0..<columnCount { cut[r &* panelWidth &+ c] = source[c] }
    }
  }

  /// Stores the part of a cut tile that lies within the product.
  @inline(never)
  func storeCutRows() {
    for r in 0..<(product.finish.pools ? liveRows / 4 : liveRows) {
      let target = result(r)
      let source = UnsafePointer(cut + r &* panelWidth)
      store(load(source), to: target, count: columnCount)
      store(
        load(source + vectorWidth), to: target + vectorWidth, count: columnCount &- vectorWidth)
    }
  }
}

extension RowProduct {
  @inline(__always)
  func weights(ofPanelAt column: Int) -> UnsafePointer<Float> {
    weights + (column / panelWidth) &* panelStride
  }
}
