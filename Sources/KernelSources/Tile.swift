/// The sums of a tile, held in registers: `rows` × `vectors` vectors.
///
/// Loops over these arrays have constant bounds and are unrolled whole; an index that is not
/// constant would push the sums out of the registers.
typealias Sums<let rows: Int, let vectors: Int> = InlineArray<rows, InlineArray<vectors, Vector>>
typealias Starts<let count: Int> = InlineArray<count, UnsafePointer<Float>>

/// Adds the products of one run: `rows` runs of `length` floats, each times the weights
/// [length][vectors × width].
@inline(__always)
func addRun<let rows: Int, let vectors: Int>(
  of rowStarts: Starts<rows>, times weights: UnsafePointer<Float>, length: Int,
  to sums: inout Sums<rows, vectors>
) {
  var weights = weights
  for k in 0..<length {
    var columns = InlineArray<vectors, Vector>(repeating: .zero)
    for v in 0..<vectors { columns[v] = load(weights + v &* vectorWidth) }
    for r in 0..<rows {
      let x = Vector(repeating: rowStarts[r][k])
      for v in 0..<vectors { sums[r][v] = multiplyAdd(sums[r][v], x, columns[v]) }
    }
    weights += vectors &* vectorWidth
  }
}

/// Adds the products of one run of a single row with `panels` panels of weights at once.
@inline(__always)
func addRun<let panels: Int>(
  of row: UnsafePointer<Float>, times weights: Starts<panels>, length: Int,
  to sums: inout Sums<panels, 2>
) {
  for k in 0..<length {
    let x = Vector(repeating: row[k])
    let offset = k &* panelWidth
    for p in 0..<panels {
      sums[p][0] = multiplyAdd(sums[p][0], x, load(weights[p] + offset))
      sums[p][1] = multiplyAdd(sums[p][1], x, load(weights[p] + offset + vectorWidth))
    }
  }
}
