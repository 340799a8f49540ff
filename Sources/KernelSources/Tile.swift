import KernelInterface

/// Rows of a short tile: for the last few rows of a product, and for pooling where `tileRows` is
/// not a multiple of four.
var shortTileRows: Int { @inline(__always) get { 4 } }

/// Some rows of a product times one panel: where to read, begin and end.
///
/// A tile that hangs over the last row repeats that row (when pooling: that group of four)
/// instead of branching. The repetition computes and stores the same values once more.
struct Tile {
  let product: RowProduct
  var row = 0
  /// `tileRows` or `shortTileRows`.
  private(set) var rows = tileRows
  var column = 0
  /// Where each row of the input starts.
  let inputs: UnsafeMutablePointer<UnsafePointer<Float>>
  /// Where each row of sums begins.
  let begins: UnsafeMutablePointer<UnsafePointer<Float>>
  /// Where each row of sums ends; when pooling, each group of four.
  let ends: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
  /// A row of zeros to begin with.
  private let zeros: UnsafeMutablePointer<Float>
  /// Room for a tile that hangs over the right edge, [tileRows][panelWidth].
  private let cut: UnsafeMutablePointer<Float>

  /// - Parameter memory: a `TileMemory`, whose beginning is zero and stays so.
  @inline(__always)
  init(_ product: RowProduct, memory: UnsafeMutableRawPointer) {
    self.product = product
    zeros = memory.assumingMemoryBound(to: Float.self)
    cut = zeros + panelWidth
    let tables = UnsafeMutableRawPointer(cut + tileRows &* panelWidth)
    inputs = tables.assumingMemoryBound(to: UnsafePointer<Float>.self)
    begins = inputs + tileRows
    ends = UnsafeMutableRawPointer(begins + tileRows)
      .assumingMemoryBound(to: UnsafeMutablePointer<Float>.self)
  }

  /// Columns from here to the right edge of the product.
  var columnCount: Int { @inline(__always) get { product.columnCount &- column } }

  /// Whether the tile hangs over the right edge, so that whole vectors would store too much.
  var isCut: Bool { @inline(__always) get { columnCount < panelWidth } }

  var weights: UnsafePointer<Float> {
    @inline(__always) get { product.weights(ofPanelAt: column) }
  }

  /// Chooses how many rows from `row` on the tile has, and finds their addresses.
  @inline(__always)
  mutating func takeRows() {
    let left = product.rowCount &- row
    let shortTiles = (left &+ shortTileRows &- 1) / shortTileRows
    let isShort = shortTiles &* shortTileRows < tileRows
    let poolsShort = product.finish.pools && tileRows % 4 != 0
    rows = isShort || poolsShort ? shortTileRows : tileRows
    locateRows()
  }

  @inline(__always)
  private func locateRows() {
    let groupSize = product.finish.pools ? 4 : 1
    let lane = groupSize &- 1
    let lastGroup = product.rowCount &- groupSize
    for r in 0..<rows {
      let input = min(row &+ (r & ~lane), lastGroup) &+ (r & lane)
      inputs[r] = product.input + Int(product.inputOffsets[input])
    }
    for r in 0..<(product.finish.pools ? rows / 4 : rows) {
      ends[r] = isCut ? cut + r &* panelWidth : result(r)
    }
    switch product.start {
    case .zero: for r in 0..<rows { begins[r] = UnsafePointer(zeros) }
    case .bias(let bias): for r in 0..<rows { begins[r] = bias + column }
    case .output:
      if isCut { loadCutRows() }
      for r in 0..<rows { begins[r] = UnsafePointer(ends[r]) }
    }
  }

  /// Where the tile's result row `r` belongs.
  @inline(__always)
  private func result(_ r: Int) -> UnsafeMutablePointer<Float> {
    let groupSize = product.finish.pools ? 4 : 1
    let index = min(row &+ r &* groupSize, product.rowCount &- groupSize) / groupSize
    return product.output + Int(product.outputOffsets[index]) + column
  }

  @inline(__always)
  private func loadCutRows() {
    for r in 0..<rows {
      let source = result(r)
      for c in 0..<columnCount { cut[r &* panelWidth &+ c] = source[c] }
    }
  }

  /// Stores the part of a cut tile that lies within the product.
  @inline(__always)
  func storeCutRows() {
    for r in 0..<(product.finish.pools ? rows / 4 : rows) {
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
