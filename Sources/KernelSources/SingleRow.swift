import KernelInterface

/// One row times all panels, four at a time: one row and one panel alone would wait for each
/// multiply-add before the next.
///
/// - Parameter indices: Room for `nonzeroStretch` numbers.
@inline(__always)
func multiplySingleRow(
  _ product: RowProduct, row: Int, _ indices: UnsafeMutablePointer<Int32>
) {
  let target = product.output + Int(product.outputOffsets[row])
  let source = product.input + Int(product.inputOffsets[row])
  var column = 0
  while product.columnCount &- column > vectorWidth {
    multiplyFourPanels(product, from: source, to: target + column, column: column, indices)
    column &+= 4 &* panelWidth
  }
  // A last panel of one vector may be left: where a count is just above whole panels.
  let wholePanelsEnd = (product.columnCount / panelWidth) &* panelWidth
  let left = product.columnCount &- wholePanelsEnd
  if left > 0, left <= vectorWidth {
    multiplyOneVectorPanel(
      product, from: source, to: target + wholePanelsEnd, column: wholePanelsEnd)
  }
}

/// Panels beyond the last wide one repeat it, and are not stored: they cost no time, because
/// the chains of multiply-adds run beside each other.
@inline(__always)
private func multiplyFourPanels(
  _ product: RowProduct, from source: UnsafePointer<Float>,
  to target: UnsafeMutablePointer<Float>, column: Int, _ indices: UnsafeMutablePointer<Int32>
) {
  // A panel is wide if more than one vector of columns is in it.
  let wideCount = (product.columnCount &+ panelWidth &- vectorWidth &- 1) / panelWidth
  let firstPanel = column / panelWidth
  let panelCount = min(4, wideCount &- firstPanel)
  let left = product.columnCount &- column
  var sums: Sums<8> = zeroSums()
  var weights: Starts<4> = allStarts(at: product.weights(ofPanelAt: column))
  for p in 0..<4 {
    let panel = min(p, panelCount &- 1)
    weights[p] += panel &* product.panelStride
    let offset = panel &* panelWidth
    sums[2 &* p] = begin(product, column: column &+ offset, target + offset, left &- offset)
    let second = offset &+ vectorWidth
    sums[2 &* p &+ 1] = begin(product, column: column &+ second, target + second, left &- second)
  }
  if product.skipsZeros {
    addNonzeros(of: source, times: weights, product, indices, to: &sums)
  } else {
    var source = source
    for _ in 0..<product.runCount {
      addRun(ofOneRow: source, times: weights, product, to: &sums)
      source += product.runStride
      for p in 0..<4 { weights[p] += product.runLength &* panelWidth }
    }
  }
  for p in 0..<4 where p < panelCount {
    let offset = p &* panelWidth
    finish(product, sums[2 &* p], target + offset, left &- offset)
    finish(product, sums[2 &* p &+ 1], target + offset + vectorWidth, left &- offset &- vectorWidth)
  }
}

@inline(__always)
private func multiplyOneVectorPanel(
  _ product: RowProduct, from source: UnsafePointer<Float>,
  to target: UnsafeMutablePointer<Float>, column: Int
) {
  let left = product.columnCount &- column
  var sum = begin(product, column: column, target, left)
  var source = source
  var weights = product.weights(ofPanelAt: column)
  for _ in 0..<product.runCount {
    for k in 0..<product.runLength {
      sum = multiplyAdd(sum, Vector(repeating: source[k &* product.elementStride]), load(weights))
      weights += vectorWidth
    }
    source += product.runStride
  }
  finish(product, sum, target, left)
}

@inline(__always)
private func begin(
  _ product: RowProduct, column: Int, _ target: UnsafeMutablePointer<Float>, _ count: Int
) -> Vector {
  switch product.start {
  case .zero: .zero
  case .bias(let bias): load(bias + column)
  case .output: load(UnsafePointer(target), count: count)
  }
}

@inline(__always)
private func finish(
  _ product: RowProduct, _ sum: Vector, _ target: UnsafeMutablePointer<Float>, _ count: Int
) {
  store(product.finish.rectifies ? maximum(.zero, sum) : sum, to: target, count: count)
}
