import KernelInterface

// What passes over zeros. What is left out would add zeros; what remains is added in the same
// order.

/// Elements of a row that are looked through at a time.
var nonzeroStretch: Int { @inline(__always) get { 64 } }

/// Adds the products of the elements of a row that are not zero with four panels of weights.
///
/// First their indices are listed, without a branch on each element: none could be foreseen.
@inline(__always)
func addNonzeros<let panels: Int, let count: Int>(
  of row: UnsafePointer<Float>, times weights: Starts<panels>, _ product: RowProduct,
  _ indices: UnsafeMutablePointer<Int32>, to sums: inout Sums<count>
) {
  var first = 0
  while first < product.runLength {
    let end = min(first &+ nonzeroStretch, product.runLength)
    var indexCount = 0
    for k in first..<end {
      indices[indexCount] = Int32(truncatingIfNeeded: k)
      indexCount &+= row[k] == 0 ? 0 : 1
    }
    for i in 0..<indexCount {
      let k = Int(indices[i])
      let x = Vector(repeating: row[k])
      for p in 0..<panels {
        let columns = weights[p] + k &* panelWidth
        sums[2 &* p] = multiplyAdd(sums[2 &* p], x, load(columns))
        sums[2 &* p &+ 1] = multiplyAdd(sums[2 &* p &+ 1], x, load(columns + vectorWidth))
      }
    }
    first = end
  }
}

/// Of several rows that are multiplied together, quads of elements are passed over that are zero
/// in all of them: a bit for each other quad.
typealias QuadBits = InlineArray<4, UInt64>

/// Elements of a word of bits, and of all of them.
private var wordLength: Int { @inline(__always) get { 256 } }
var quadBitsLength: Int { @inline(__always) get { 4 &* wordLength } }

extension RowProduct {
  /// Whether there are tiles that quads are passed over in: whole and wide ones.
  var passesOverQuads: Bool {
    @inline(__always) get {
      skipsSharedZeros && runCount == 1 && elementStride == 1 && runLength <= quadBitsLength
        && rowCount >= tileRows && columnCount > vectorWidth
    }
  }
}

/// Finds the quads of a tile's rows; nil for a short tile, which passes over none.
@inline(never)
func findNonzeros(
  of tile: Tile, in words: UnsafeMutablePointer<UInt64>
) -> UnsafePointer<UInt64>? {
  guard tile.rows == tileRows else { return nil }
  let length = tile.product.runLength
  var first = 0
  while first < length {
    let end = min(first &+ wordLength, length)
    words[first / wordLength] = nonzeroQuads(of: tile, from: first, to: end)
    first = end
  }
  return UnsafePointer(words)
}

@inline(__always)
private func nonzeroQuads(of tile: Tile, from first: Int, to end: Int) -> UInt64 {
  var bits: UInt64 = 0
  var quad: UInt64 = 0
  var element = first
  while element < end {
    var any = Bits.zero
    var row = 0
    while row < tile.liveRows {
      let values = load(tile.input(row) + element, count: end &- element)
      any |= unsafeBitCast(values, to: Bits.self)
      row &+= 1
    }
    // Without the sign bit: −0 is zero too.
    bits |= nonzeroQuads(any &<< Bits(repeating: 1)) &<< quad
    quad &+= UInt64(truncatingIfNeeded: vectorWidth / 4)
    element &+= vectorWidth
  }
  return bits
}

/// Adds the products of what is not zero with the weights [runLength][count / rows vectors].
@inline(__always)
func addNonzeros<let rows: Int, let count: Int>(
  _ nonzeros: UnsafePointer<UInt64>, of rowStarts: Starts<rows>,
  times weights: UnsafePointer<Float>, _ runLength: Int, to sums: inout Sums<count>
) {
  let vectors = count / rows
  var first = 0
  while first < runLength {
    var bits = nonzeros[first / wordLength]
    var element = first
    while bits != 0 {
      let zeros = bits.trailingZeroBitCount
      bits &>>= UInt64(truncatingIfNeeded: zeros)
      let ones = (~bits).trailingZeroBitCount
      bits = ones == 64 ? 0 : bits &>> UInt64(truncatingIfNeeded: ones)
      element &+= 4 &* zeros
      let end = min(element &+ 4 &* ones, runLength)
      var columns = weights + element &* vectors &* vectorWidth
      while element < end {
        for r in 0..<rows {
          let x = Vector(repeating: rowStarts[r][element])
          for v in 0..<vectors {
            let i = r &* vectors &+ v
            sums[i] = multiplyAdd(sums[i], x, load(columns + v &* vectorWidth))
          }
        }
        columns += vectors &* vectorWidth
        element &+= 1
      }
    }
    first &+= wordLength
  }
}
