import KernelInterface

/// Where a tile lies in its product, and which rows it has.
///
/// A tile that hangs over the last row repeats that row (when pooling: that group of four)
/// instead of branching. The repetition computes and stores the same values once more.
struct TileCorner {
  let row: Int
  let column: Int
  /// Columns from here to the right edge of the product.
  let columnCount: Int
  private let lastGroup: Int
  private let lanesOfGroup: Int

  @inline(__always)
  init(_ product: RowProduct, row: Int, column: Int) {
    self.row = row
    self.column = column
    columnCount = product.columnCount &- column
    let groupSize = product.finish.pools ? 4 : 1
    lastGroup = product.rowCount &- groupSize
    lanesOfGroup = groupSize &- 1
  }

  /// The product's row for the tile's row `r`.
  @inline(__always)
  func inputRow(_ r: Int) -> Int {
    min(row &+ (r & ~lanesOfGroup), lastGroup) &+ (r & lanesOfGroup)
  }

  /// The product's result row for the tile's row `r`, without pooling.
  @inline(__always)
  func resultRow(_ r: Int) -> Int { min(row &+ r, lastGroup) }

  /// The product's result row for the tile's group `g` of four rows.
  @inline(__always)
  func pooledRow(_ g: Int) -> Int { min(row &+ g &* 4, lastGroup) / 4 }

  @inline(__always)
  func result(_ product: RowProduct, _ row: Int) -> UnsafeMutablePointer<Float> {
    product.output + Int(product.outputOffsets[row]) + column
  }
}
