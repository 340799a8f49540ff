import KernelInterface

extension Reference {
  /// The specification of `KernelTable.addSparse`.
  package static func addSparse(_ sum: SparseSum) {
    for run in 0..<sum.runCount {
      for i in 0..<sum.runLength {
        for entry in 0..<sum.entryCount {
          let place = Int(sum.offsets[entry]) + run * sum.sourceStride + i
          sum.target[run * sum.targetStride + i] += sum.values[entry] * sum.source[place]
        }
      }
    }
  }
}
