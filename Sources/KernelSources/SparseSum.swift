import KernelInterface

/// Computes a `SparseSum`: a stretch of the target stays in registers while all entries pass it.
@inline(never)
package func addSparse(_ sum: SparseSum) {
  for run in 0..<sum.runCount {
    let source = sum.source + run &* sum.sourceStride
    let target = sum.target + run &* sum.targetStride
    var offset = 0
    while offset &+ 6 &* vectorWidth <= sum.runLength {
      var sums = Sums<6>(repeating: .zero)
      addEntries(sum, source + offset, to: &sums, target + offset)
      offset &+= 6 &* vectorWidth
    }
    while offset < sum.runLength {
      var sums = Sums<1>(repeating: .zero)
      addEntries(sum, source + offset, to: &sums, target + offset)
      offset &+= vectorWidth
    }
  }
}

@inline(__always)
private func addEntries<let count: Int>(
  _ sum: SparseSum, _ source: UnsafePointer<Float>, to sums: inout Sums<count>,
  _ target: UnsafeMutablePointer<Float>
) {
  for v in 0..<count { sums[v] = load(UnsafePointer(target) + v &* vectorWidth) }
  for entry in 0..<sum.entryCount {
    let block = source + Int(sum.offsets[entry])
    let value = Vector(repeating: sum.values[entry])
    for v in 0..<count { sums[v] = multiplyAdd(sums[v], value, load(block + v &* vectorWidth)) }
  }
  for v in 0..<count { store(sums[v], to: target + v &* vectorWidth) }
}
