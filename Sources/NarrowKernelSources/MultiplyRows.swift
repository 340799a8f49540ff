import CVectorInstructions
import KernelInterface

/// Computes a `NarrowRowProduct`.
///
/// One panel of weights at a time passes all rows; a single row passes several panels at a time,
/// or it would wait for each sum before the next. Where groups of zeros are passed over, some rows
/// pass all panels, so that they are looked through once. Every sum takes its products in the same
/// order.
@inline(never)
package func multiplyRows(_ product: NarrowRowProduct) {
  // On the stack: a temporary allocation of this size would come from the heap.
  var scratch = Sums<48>(repeating: .zero)
  withUnsafeMutablePointer(to: &scratch) { scratch in
    var tile = NarrowTile(product, scratch: UnsafeMutableRawPointer(scratch))
    if product.skipsZeros, product.rowCount > 1, product.groupCount <= groupsOfStretches {
      return multiplyNonzeros(&tile)
    }
    while tile.column < product.columnCount {
      if product.rowCount == 1, !product.finish.pools, tile.wholePanelsLeft >= 2 {
        multiplyFourPanels(&tile)
      } else {
        multiplyPanel(&tile)
      }
    }
  }
}

/// Some rows of a product times some columns: what is summed up, and where.
struct NarrowTile {
  let product: NarrowRowProduct
  var row = 0
  var column = 0
  /// Rows of the tile, and vectors of columns.
  var rows = 0
  var vectors = 0
  /// Up to 24 vectors: [rows][vectors].
  let sums: UnsafeMutableRawPointer
  /// What of each row is multiplied: room for `NarrowRowProduct.runCountMax`. A single row that
  /// passes over zeros lists offsets there instead.
  let list: UnsafeMutableRawPointer
  var stretchCount = 0

  /// - Parameter scratch: 48 vectors.
  init(_ product: NarrowRowProduct, scratch: UnsafeMutableRawPointer) {
    self.product = product
    sums = scratch
    list = scratch + 24 &* vectorBytes
  }

  @inline(__always)
  subscript(index: Int) -> Stretch {
    get { list.load(fromByteOffset: index &* MemoryLayout<Stretch>.stride, as: Stretch.self) }
    nonmutating set {
      list.storeBytes(
        of: newValue, toByteOffset: index &* MemoryLayout<Stretch>.stride, as: Stretch.self)
    }
  }

  /// Whether the results are narrow and none hangs over.
  var finishesInRegisters: Bool {
    @inline(__always) get {
      if case .narrow = product.finish.result { product.rowCount &- row >= rows } else { false }
    }
  }

  /// Of the next tile from `row` on. (Three short ones take as long as a whole one.)
  var rowsLeft: Int { @inline(__always) get { product.rowCount &- row <= 8 ? 4 : 12 } }

  /// Of the panel at `column`.
  var vectorsLeft: Int {
    @inline(__always) get { product.columnCount &- column > vectorWidth ? 2 : 1 }
  }

  /// Panels from `column` on that are two vectors wide: all but a last one of one vector.
  var wholePanelsLeft: Int {
    @inline(__always) get {
      (product.columnCount &- column &+ panelWidth &- vectorWidth &- 1) / panelWidth
    }
  }

  @inline(__always)
  func weights(ofPanelAt column: Int) -> UnsafeRawPointer {
    product.weights + column / panelWidth &* product.panelStride
  }

  /// Where row `r` of the tile begins; for one beyond the last row, that one.
  @inline(__always)
  func input(_ r: Int) -> UnsafeRawPointer {
    let index = min(row &+ r, product.rowCount &- 1)
    switch product.rows {
    case .offsets(let offsets, let start): return start + Int(offsets[index]) &* elementBytes
    case .pointers(let pointers): return pointers[index]
    }
  }
}

/// Groups that lie beside each other in a row, and their weights in a panel.
struct Stretch {
  /// In bytes from where the row begins.
  var offset: Int32
  var end: Int32
  /// The number of the first among all groups of a row, by which its weights are found.
  var group: Int32
}

/// The runs of the rows, one after another.
@inline(__always)
private func listRuns(_ tile: inout NarrowTile) {
  let product = tile.product
  let groupCount = Int32(truncatingIfNeeded: product.groupCount)
  let runStride = Int32(truncatingIfNeeded: product.runStride &* elementBytes)
  var run = Stretch(offset: 0, end: groupCount &* Int32(groupBytes), group: 0)
  tile.stretchCount = product.runCount
  for index in 0..<product.runCount {
    tile[index] = run
    run.offset &+= runStride
    run.end &+= runStride
    run.group &+= groupCount
  }
}

/// All rows times one panel, and on to the next.
@inline(__always)
private func multiplyPanel(_ tile: inout NarrowTile) {
  listRuns(&tile)
  tile.row = 0
  tile.vectors = tile.vectorsLeft
  while tile.row < tile.product.rowCount {
    tile.rows = tile.rowsLeft
    multiplyTile(&tile)
    tile.row &+= tile.rows
  }
  tile.column &+= panelWidth
}

@inline(__always)
func multiplyTile(_ tile: inout NarrowTile) {
  switch (tile.rows == 12, tile.vectors == 2) {
  case (true, true): multiplyWide(tile)
  case (true, false): multiplyOneVector(tile)
  case (false, true): multiplyShortWide(tile)
  case (false, false): multiplyShortOneVector(tile)
  }
  if !tile.finishesInRegisters { finish(tile) }
}

// One tile each: 12 rows or 4, two vectors of columns or a single one.

@inline(never)
private func multiplyWide(_ tile: NarrowTile) {
  var starts: Starts<12> = allStarts(at: tile.product.weights)
  var sums: Sums<24> = zeroSums()
  multiply(tile, from: &starts, into: &sums)
}

@inline(never)
private func multiplyOneVector(_ tile: NarrowTile) {
  var starts: Starts<12> = allStarts(at: tile.product.weights)
  var sums: Sums<12> = zeroSums()
  multiply(tile, from: &starts, into: &sums)
}

@inline(never)
private func multiplyShortWide(_ tile: NarrowTile) {
  var starts: Starts<4> = allStarts(at: tile.product.weights)
  var sums: Sums<8> = zeroSums()
  multiply(tile, from: &starts, into: &sums)
}

@inline(never)
private func multiplyShortOneVector(_ tile: NarrowTile) {
  var starts: Starts<4> = allStarts(at: tile.product.weights)
  var sums: Sums<4> = zeroSums()
  multiply(tile, from: &starts, into: &sums)
}

@inline(__always)
private func multiply<let rows: Int, let count: Int>(
  _ tile: NarrowTile, from starts: inout Starts<rows>, into sums: inout Sums<count>
) {
  let vectors = count / rows
  for r in 0..<rows { starts[r] = tile.input(r) }
  let panel = tile.weights(ofPanelAt: tile.column)
  // No ranges, whose bounds would be checked each time.
  var index = 0
  while index < tile.stretchCount {
    let stretch = tile[index]
    var offset = Int(stretch.offset)
    var weights = panel + Int(stretch.group) &* vectors &* vectorBytes
    while offset < Int(stretch.end) {
      multiplyGroup(starts, offset, weights, &sums)
      offset &+= groupBytes
      weights += vectors &* vectorBytes
    }
    index &+= 1
  }
  guard tile.finishesInRegisters else {
    for i in 0..<count { store(sums[i], to: tile.sums + i &* vectorBytes) }
    return
  }
  // Pools, scales and stores the sums of a whole tile where they are: of a convolution with few
  // channels that takes as long as its products.
  let offsets = tile.product.outputOffsets
  if tile.product.finish.pools {
    for v in 0..<vectors {
      let column = ResultColumn(tile, vector: v)
      for g in 0..<(rows / 4) {
        let i = 4 &* g &* vectors &+ v
        let above = maximum(sums[i], sums[i &+ vectors])
        let below = maximum(sums[i &+ 2 &* vectors], sums[i &+ 3 &* vectors])
        column.store(maximum(above, below), at: Int(offsets[tile.row / 4 &+ g]))
      }
    }
  } else {
    for v in 0..<vectors {
      let column = ResultColumn(tile, vector: v)
      for r in 0..<rows {
        column.store(sums[r &* vectors &+ v], at: Int(offsets[tile.row &+ r]))
      }
    }
  }
}

/// Where the results of a vector of columns go, and what they come to.
private struct ResultColumn {
  private let output: UnsafeMutableRawPointer
  private let column: Int
  private let scales: Floats
  private let bias: Floats
  private let lowest: Floats
  private let lanes: UInt16

  @inline(__always)
  init(_ tile: NarrowTile, vector: Int) {
    let product = tile.product
    column = tile.column &+ vector &* vectorWidth
    output = product.output
    scales = load(product.columnScales + column)
    bias = load(product.finish.bias + column)
    lowest = Floats(repeating: product.finish.lowest)
    lanes = mask(product.columnCount &- column)
  }

  /// One formula, wherever in a tile a row lies.
  @inline(__always)
  func store(_ sums: Sum, at offset: Int, as kind: NarrowFinish.Result = .narrow) {
    let results = maximum(lowest, bias.addingProduct(floats(of: sums), scales))
    storeResults(results, kind, output, offset: offset &+ column, lanes)
  }
}

/// Some rows' group, `offset` bytes into each, times its weights.
@inline(__always)
private func multiplyGroup<let rows: Int, let count: Int>(
  _ starts: Starts<rows>, _ offset: Int, _ weights: UnsafeRawPointer, _ sums: inout Sums<count>
) {
  let vectors = count / rows
  for r in 0..<rows {
    let x = broadcast(starts[r] + offset)
    for v in 0..<vectors {
      let i = r &* vectors &+ v
      sums[i] = multiplyAdd(sums[i], x, load(weights + v &* vectorBytes))
    }
  }
}

extension NarrowRowProduct {
  /// Of a run: what each lane multiplies at a time.
  @inline(__always)
  var groupCount: Int { (runLength &* elementBytes &+ groupBytes &- 1) / groupBytes }
}

/// A single row times four panels, and on to the next four. Panels beyond the last repeat it, and
/// are not stored: they cost no time, because the chains of sums run beside each other.
@inline(never)
private func multiplyFourPanels(_ tile: inout NarrowTile) {
  let lastColumn = tile.column &+ (tile.wholePanelsLeft &- 1) &* panelWidth
  var panels: Starts<4> = allStarts(at: tile.product.weights)
  for p in 0..<4 {
    panels[p] = tile.weights(ofPanelAt: min(tile.column &+ p &* panelWidth, lastColumn))
  }
  tile.row = 0
  tile.rows = 1
  tile.vectors = 2 &* min(4, tile.wholePanelsLeft)
  if tile.product.skipsZeros {
    multiplyNonzeros(tile, panels)
  } else {
    multiplyRow(tile, panels)
  }
  finish(tile)
  tile.column &+= tile.vectors / 2 &* panelWidth
}

@inline(__always)
private func multiplyRow(_ tile: NarrowTile, _ panels: Starts<4>) {
  let product = tile.product
  var sums: Sums<8> = zeroSums()
  var source = tile.input(0)
  var done = 0
  let groupCount = product.groupCount
  for _ in 0..<product.runCount {
    var group = 0
    while group < groupCount {
      multiplyGroup(broadcast(source + groupBytes &* group), panels, done, &sums)
      done &+= 2 &* vectorBytes
      group &+= 1
    }
    source += product.runStride &* elementBytes
  }
  for i in 0..<8 { store(sums[i], to: tile.sums + i &* vectorBytes) }
}

/// A group times its weights in each panel, `offset` bytes into it.
@inline(__always)
func multiplyGroup(
  _ x: Integers, _ panels: Starts<4>, _ offset: Int, _ sums: inout Sums<8>
) {
  for p in 0..<4 {
    let weights = panels[p] + offset
    sums[2 &* p] = multiplyAdd(sums[2 &* p], x, load(weights))
    sums[2 &* p &+ 1] = multiplyAdd(sums[2 &* p &+ 1], x, load(weights + vectorBytes))
  }
}

/// Pools, scales and stores a tile's sums where they are floats or some of them hang over.
@inline(never)
private func finish(_ tile: NarrowTile) {
  let product = tile.product
  let groupSize = product.finish.pools ? 4 : 1
  let groups = min(tile.rows, product.rowCount &- tile.row) / groupSize
  let offsets = product.outputOffsets + tile.row / groupSize
  let rowBytes = tile.vectors &* vectorBytes
  for v in 0..<tile.vectors {
    let column = ResultColumn(tile, vector: v)
    var source = UnsafeRawPointer(tile.sums) + v &* vectorBytes
    for group in 0..<groups {
      var sums = loadSum(source)
      if product.finish.pools {
        let right = maximum(sums, loadSum(source + rowBytes))
        let (below, last) = (loadSum(source + 2 &* rowBytes), loadSum(source + 3 &* rowBytes))
        sums = maximum(right, maximum(below, last))
      }
      column.store(sums, at: Int(offsets[group]), as: product.finish.result)
      source += groupSize &* rowBytes
    }
  }
}
