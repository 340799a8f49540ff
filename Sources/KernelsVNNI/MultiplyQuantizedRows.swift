import CVectorInstructions
import KernelInterface

/// Computes a `QuantizedRowProduct`.
///
/// One panel of weights at a time passes all rows; a single row passes several panels at a time,
/// or it would wait for each sum before the next. The sums are exact: their order is of no matter.
@inline(never)
package func multiplyQuantizedRows(_ product: QuantizedRowProduct) {
  // On the stack: a temporary allocation of this size would come from the heap.
  var memory = Sums<24>(repeating: .zero)
  withUnsafeMutablePointer(to: &memory) { memory in
    var tile = QuantizedTile(product, sums: UnsafeMutableRawPointer(memory))
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
struct QuantizedTile {
  let product: QuantizedRowProduct
  var row = 0
  var column = 0
  /// Rows of the tile, and vectors of columns.
  var rows = 0
  var vectors = 0
  /// Up to 24 vectors: [rows][vectors].
  let sums: UnsafeMutableRawPointer

  init(_ product: QuantizedRowProduct, sums: UnsafeMutableRawPointer) {
    self.product = product
    self.sums = sums
  }

  /// Whether the results are bytes and none hangs over.
  var finishesInRegisters: Bool {
    @inline(__always) get {
      if case .bytes = product.finish.result { product.rowCount &- row >= rows } else { false }
    }
  }

  /// Panels from `column` on that are two vectors wide: all but a narrow last one.
  var wholePanelsLeft: Int {
    @inline(__always) get {
      (product.columnCount &- column &+ panelWidth &- vectorWidth &- 1) / panelWidth
    }
  }

  @inline(__always)
  func weights(ofPanelAt column: Int) -> UnsafeRawPointer {
    UnsafeRawPointer(product.weights) + column / panelWidth &* product.panelStride
  }

  /// Where row `r` of the tile begins; for one beyond the last row, that one.
  @inline(__always)
  func input(_ r: Int) -> UnsafeRawPointer {
    let index = min(row &+ r, product.rowCount &- 1)
    return UnsafeRawPointer(product.input) + Int(product.inputOffsets[index])
  }
}

/// All rows times one panel, and on to the next.
@inline(__always)
private func multiplyPanel(_ tile: inout QuantizedTile) {
  tile.row = 0
  tile.vectors = tile.product.columnCount &- tile.column > vectorWidth ? 2 : 1
  while tile.row < tile.product.rowCount {
    // Three short tiles take as long as a whole one.
    tile.rows = tile.product.rowCount &- tile.row <= 8 ? 4 : 12
    switch (tile.rows == 12, tile.vectors == 2) {
    case (true, true): multiplyWide(tile)
    case (true, false): multiplyNarrow(tile)
    case (false, true): multiplyShortWide(tile)
    case (false, false): multiplyShortNarrow(tile)
    }
    if !tile.finishesInRegisters { finish(tile) }
    tile.row &+= tile.rows
  }
  tile.column &+= panelWidth
}

// One tile each: 12 rows or 4, two vectors of columns or a single one.

@inline(never)
private func multiplyWide(_ tile: QuantizedTile) {
  var starts: Starts<12> = allStarts(at: tile.product.input)
  var sums: Sums<24> = zeroSums()
  multiply(tile, from: &starts, into: &sums)
}

@inline(never)
private func multiplyNarrow(_ tile: QuantizedTile) {
  var starts: Starts<12> = allStarts(at: tile.product.input)
  var sums: Sums<12> = zeroSums()
  multiply(tile, from: &starts, into: &sums)
}

@inline(never)
private func multiplyShortWide(_ tile: QuantizedTile) {
  var starts: Starts<4> = allStarts(at: tile.product.input)
  var sums: Sums<8> = zeroSums()
  multiply(tile, from: &starts, into: &sums)
}

@inline(never)
private func multiplyShortNarrow(_ tile: QuantizedTile) {
  var starts: Starts<4> = allStarts(at: tile.product.input)
  var sums: Sums<4> = zeroSums()
  multiply(tile, from: &starts, into: &sums)
}

@inline(__always)
private func multiply<let rows: Int, let count: Int>(
  _ tile: QuantizedTile, from starts: inout Starts<rows>, into sums: inout Sums<count>
) {
  let vectors = count / rows
  for r in 0..<rows { starts[r] = tile.input(r) }
  var weights = tile.weights(ofPanelAt: tile.column)
  for _ in 0..<tile.product.runCount {
    for group in 0..<tile.product.groupCount {
      for r in 0..<rows {
        let x = broadcast(starts[r] + 4 &* group)
        for v in 0..<vectors {
          let i = r &* vectors &+ v
          sums[i] = vpdpbusd(sums[i], x, load(weights + v &* vectorBytes))
        }
      }
      weights += vectors &* vectorBytes
    }
    for r in 0..<rows { starts[r] += tile.product.runStride }
  }
  guard tile.finishesInRegisters else {
    for i in 0..<count { store(sums[i], to: tile.sums + i &* vectorBytes) }
    return
  }
  // Pools, scales and stores the sums of a whole tile where they are: of a convolution with few
  // channels that takes as long as its products.
  let finish = tile.product.finish
  if finish.pools {
    for g in 0..<(rows / 4) {
      for v in 0..<vectors {
        let i = 4 &* g &* vectors &+ v
        let above = maximum(sums[i], sums[i &+ vectors])
        let below = maximum(sums[i &+ 2 &* vectors], sums[i &+ 3 &* vectors])
        storeBytes(maximum(above, below), tile, group: tile.row / 4 &+ g, vector: v)
      }
    }
  } else {
    for r in 0..<rows {
      for v in 0..<vectors {
        storeBytes(sums[r &* vectors &+ v], tile, group: tile.row &+ r, vector: v)
      }
    }
  }
}

@inline(__always)
private func storeBytes(_ sums: Integers, _ tile: QuantizedTile, group: Int, vector: Int) {
  let product = tile.product
  let column = tile.column &+ vector &* vectorWidth
  let place = product.output + Int(product.outputOffsets[group]) + column
  vpmovusdb(
    place, vcvtps2dq(product.results(of: sums, column: column)),
    mask(product.columnCount &- column))
}

extension QuantizedRowProduct {
  /// What the sums of 16 columns come to: one formula, wherever in a tile a row lies.
  @inline(__always)
  fileprivate func results(of sums: Integers, column: Int) -> Floats {
    let scaled = load(finish.bias + column)
      .addingProduct(vcvtdq2ps(sums), load(columnScales + column))
    return maximum(scaled, Floats(repeating: finish.lowest))
  }
}

/// A single row times four panels, and on to the next four. Panels beyond the last repeat it, and
/// are not stored: they cost no time, because the chains of sums run beside each other.
@inline(never)
private func multiplyFourPanels(_ tile: inout QuantizedTile) {
  let product = tile.product
  let lastColumn = tile.column &+ (tile.wholePanelsLeft &- 1) &* panelWidth
  var sums: Sums<8> = zeroSums()
  var panels: Starts<4> = allStarts(at: product.weights)
  for p in 0..<4 {
    panels[p] = tile.weights(ofPanelAt: min(tile.column &+ p &* panelWidth, lastColumn))
  }
  var source = tile.input(0)
  var place = 0
  for _ in 0..<product.runCount {
    for group in 0..<product.groupCount {
      let x = broadcast(source + 4 &* group)
      for p in 0..<4 {
        let weights = panels[p] + place
        sums[2 &* p] = vpdpbusd(sums[2 &* p], x, load(weights))
        sums[2 &* p &+ 1] = vpdpbusd(sums[2 &* p &+ 1], x, load(weights + vectorBytes))
      }
      place &+= 2 &* vectorBytes
    }
    source += product.runStride
  }
  for i in 0..<8 { store(sums[i], to: tile.sums + i &* vectorBytes) }
  tile.row = 0
  tile.rows = 1
  tile.vectors = 2 &* min(4, tile.wholePanelsLeft)
  finish(tile)
  tile.column &+= tile.vectors / 2 &* panelWidth
}

/// Pools, scales and stores a tile's sums where they are floats or some of them hang over.
@inline(never)
private func finish(_ tile: QuantizedTile) {
  let product = tile.product
  let groupSize = product.finish.pools ? 4 : 1
  let groups = min(tile.rows, product.rowCount &- tile.row) / groupSize
  let offsets = product.outputOffsets + tile.row / groupSize
  let rowBytes = tile.vectors &* vectorBytes
  for v in 0..<tile.vectors {
    let column = tile.column &+ v &* vectorWidth
    let lanes = mask(product.columnCount &- column)
    var source = UnsafeRawPointer(tile.sums) + v &* vectorBytes
    for group in 0..<groups {
      var sums = load(source)
      if product.finish.pools {
        let right = maximum(sums, load(source + rowBytes))
        sums = maximum(right, maximum(load(source + 2 &* rowBytes), load(source + 3 &* rowBytes)))
      }
      store(
        product.results(of: sums, column: column), product.finish.result, product.output,
        offset: Int(offsets[group]) &+ column, lanes)
      source += groupSize &* rowBytes
    }
  }
}
