import DigitKernels
import Testing

@Test(arguments: KernelTable.all.map(\.instructionSet))
func `a sparse sum is that of its definition`(instructionSet: InstructionSet) throws {
  let kernels = try #require(KernelTable.all.first { $0.instructionSet == instructionSet })
  // 16, 96, 112 and 192: one vector, whole groups of vectors, groups and single vectors.
  for runLength in [16, 96, 112, 192] {
    for (runCount, entryCount) in [(1, 0), (1, 1), (3, 7), (2, 30)] {
      let source = noise(runCount * 200 + 300, seed: 1)
      let values = noise(max(entryCount, 1), seed: 2)
      let offsets = (0..<max(entryCount, 1)).map { Int32(($0 * 37) % 90) }
      var results = [[Float]](repeating: noise(runCount * 193, seed: 3), count: 2)
      for index in 0..<2 {
        results[index].withUnsafeMutableBufferPointer { target in
          let sum = SparseSum(
            source: source, sourceStride: 200, target: target.baseAddress!, targetStride: 193,
            runCount: runCount, runLength: runLength, offsets: offsets, values: values,
            entryCount: entryCount)
          if index == 0 { kernels.addSparse(sum) } else { Reference.addSparse(sum) }
        }
      }
      withExtendedLifetime((source, values, offsets)) {}
      for (got, expected) in zip(results[0], results[1]) { #expect(abs(got - expected) < 1e-4) }
    }
  }
}
