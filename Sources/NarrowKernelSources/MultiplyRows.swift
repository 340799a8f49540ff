import CVectorInstructions
import KernelInterface

/// Computes a `NarrowRowProduct`.
///
/// One panel of weights at a time passes all rows; a single row passes several panels at a time,
/// or it would wait for each sum before the next. Every sum takes its products in the same order.
@inline(never)
package func multiplyRows(_ product: NarrowRowProduct) {
  // On the stack: a temporary allocation of this size would come from the heap.
  var memory = Sums<24>(repeating: .zero)
  withUnsafeMutablePointer(to: &memory) { memory in
    var tile = NarrowTile(product, sums: UnsafeMutableRawPointer(memory))
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

  init(_ product: NarrowRowProduct, sums: UnsafeMutableRawPointer) {
    self.product = product
    self.sums = sums
  }

  /// Whether the results are narrow and none hangs over.
  var finishesInRegisters: Bool {
    @inline(__always) get {
      if case .narrow = product.finish.result { product.rowCount &- row >= rows } else { false }
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
    product.weights + column / panelWidth &* product.panelStride
  }

  /// Where row `r` of the tile begins; for one beyond the last row, that one.
  @inline(__always)
  func input(_ r: Int) -> UnsafeRawPointer {
    let index = min(row &+ r, product.rowCount &- 1)
    return product.input + Int(product.inputOffsets[index]) &* elementBytes
  }
}

/// A run of an input row: groups of elements that are multiplied together.
private struct Run {
  /// But the last.
  let groupCount: Int
  /// Bytes before the last group: it begins earlier where it would be cut short, and what it
  /// repeats has weights of zero.
  let lastPlace: Int
  /// Bytes from one run to the next.
  let stride: Int

  @inline(__always)
  init(_ product: NarrowRowProduct) {
    let byteCount = product.runLength &* elementBytes
    groupCount = (byteCount &- 1) / groupBytes
    stride = product.runStride &* elementBytes
    lastPlace = max(0, byteCount &- groupBytes)
  }

}

/// All rows times one panel, and on to the next.
@inline(__always)
private func multiplyPanel(_ tile: inout NarrowTile) {
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
private func multiplyWide(_ tile: NarrowTile) {
  var starts: Starts<12> = allStarts(at: tile.product.input)
  var sums: Sums<24> = zeroSums()
  multiply(tile, from: &starts, into: &sums)
}

@inline(never)
private func multiplyNarrow(_ tile: NarrowTile) {
  var starts: Starts<12> = allStarts(at: tile.product.input)
  var sums: Sums<12> = zeroSums()
  multiply(tile, from: &starts, into: &sums)
}

@inline(never)
private func multiplyShortWide(_ tile: NarrowTile) {
  var starts: Starts<4> = allStarts(at: tile.product.input)
  var sums: Sums<8> = zeroSums()
  multiply(tile, from: &starts, into: &sums)
}

@inline(never)
private func multiplyShortNarrow(_ tile: NarrowTile) {
  var starts: Starts<4> = allStarts(at: tile.product.input)
  var sums: Sums<4> = zeroSums()
  multiply(tile, from: &starts, into: &sums)
}

@inline(__always)
private func multiply<let rows: Int, let count: Int>(
  _ tile: NarrowTile, from starts: inout Starts<rows>, into sums: inout Sums<count>
) {
  let vectors = count / rows
  let run = Run(tile.product)
  for r in 0..<rows { starts[r] = tile.input(r) }
  var weights = tile.weights(ofPanelAt: tile.column)
  for _ in 0..<tile.product.runCount {
    for group in 0..<run.groupCount {
      multiplyGroup(starts, groupBytes &* group, weights, &sums)
      weights += vectors &* vectorBytes
    }
    multiplyGroup(starts, run.lastPlace, weights, &sums)
    weights += vectors &* vectorBytes
    for r in 0..<rows { starts[r] += run.stride }
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
        storeResults(maximum(above, below), tile, group: tile.row / 4 &+ g, vector: v)
      }
    }
  } else {
    for r in 0..<rows {
      for v in 0..<vectors {
        storeResults(sums[r &* vectors &+ v], tile, group: tile.row &+ r, vector: v)
      }
    }
  }
}

/// Some rows' group, `place` bytes into each, times its weights.
@inline(__always)
private func multiplyGroup<let rows: Int, let count: Int>(
  _ starts: Starts<rows>, _ place: Int, _ weights: UnsafeRawPointer, _ sums: inout Sums<count>
) {
  let vectors = count / rows
  for r in 0..<rows {
    let x = broadcast(starts[r] + place)
    for v in 0..<vectors {
      let i = r &* vectors &+ v
      sums[i] = multiplyAdd(sums[i], x, load(weights + v &* vectorBytes))
    }
  }
}

@inline(__always)
private func storeResults(_ sums: Sum, _ tile: NarrowTile, group: Int, vector: Int) {
  let product = tile.product
  let column = tile.column &+ vector &* vectorWidth
  let place =
    product.output + (Int(product.outputOffsets[group]) &+ column) &* elementBytes
  storeNarrow(
    product.results(of: sums, column: column), to: place, mask(product.columnCount &- column))
}

extension NarrowRowProduct {
  /// What the sums of 16 columns come to: one formula, wherever in a tile a row lies.
  @inline(__always)
  fileprivate func results(of sums: Sum, column: Int) -> Floats {
    let scaled = load(finish.bias + column)
      .addingProduct(floats(of: sums), load(columnScales + column))
    return maximum(scaled, Floats(repeating: finish.lowest))
  }
}

/// A single row times four panels, and on to the next four. Panels beyond the last repeat it, and
/// are not stored: they cost no time, because the chains of sums run beside each other.
@inline(never)
private func multiplyFourPanels(_ tile: inout NarrowTile) {
  let product = tile.product
  let lastColumn = tile.column &+ (tile.wholePanelsLeft &- 1) &* panelWidth
  var sums: Sums<8> = zeroSums()
  var panels: Starts<4> = allStarts(at: product.weights)
  for p in 0..<4 {
    panels[p] = tile.weights(ofPanelAt: min(tile.column &+ p &* panelWidth, lastColumn))
  }
  var source = tile.input(0)
  var done = 0
  let run = Run(product)
  for _ in 0..<product.runCount {
    for group in 0..<run.groupCount {
      multiplyGroup(broadcast(source + groupBytes &* group), panels, done, &sums)
      done &+= 2 &* vectorBytes
    }
    multiplyGroup(broadcast(source + run.lastPlace), panels, done, &sums)
    done &+= 2 &* vectorBytes
    source += run.stride
  }
  for i in 0..<8 { store(sums[i], to: tile.sums + i &* vectorBytes) }
  tile.row = 0
  tile.rows = 1
  tile.vectors = 2 &* min(4, tile.wholePanelsLeft)
  finish(tile)
  tile.column &+= tile.vectors / 2 &* panelWidth
}

/// A group times its weights in each panel, `place` bytes into it.
@inline(__always)
private func multiplyGroup(
  _ x: Integers, _ panels: Starts<4>, _ place: Int, _ sums: inout Sums<8>
) {
  for p in 0..<4 {
    let weights = panels[p] + place
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
    let column = tile.column &+ v &* vectorWidth
    let lanes = mask(product.columnCount &- column)
    var source = UnsafeRawPointer(tile.sums) + v &* vectorBytes
    for group in 0..<groups {
      var sums = loadSum(source)
      if product.finish.pools {
        let right = maximum(sums, loadSum(source + rowBytes))
        let (below, last) = (loadSum(source + 2 &* rowBytes), loadSum(source + 3 &* rowBytes))
        sums = maximum(right, maximum(below, last))
      }
      store(
        product.results(of: sums, column: column), product.finish.result, product.output,
        offset: Int(offsets[group]) &+ column, lanes)
      source += groupSize &* rowBytes
    }
  }
}
