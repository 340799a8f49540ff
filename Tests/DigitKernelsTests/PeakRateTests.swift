import DigitKernels
import Testing

@Test(arguments: KernelTable.all.map(\.instructionSet))
func `the peak counts what it does, and wider vectors do more`(set: InstructionSet) throws {
  let kernels = try #require(KernelTable.all.first { $0.instructionSet == set })
  var result = [Float](repeating: .nan, count: kernels.panels.vectorWidth)
  let once = kernels.multiplyAddAtPeak(1, &result)
  #expect(once % (2 * kernels.panels.vectorWidth) == 0 && once > 0)
  #expect(kernels.multiplyAddAtPeak(50, &result) == 50 * once)
  // Each sum tends to 2.
  let sums = Float(once / (2 * kernels.panels.vectorWidth))
  #expect(result.allSatisfy { abs($0 - 2 * sums) < 1e-3 })
  #expect(kernels.measuredPeakRate(windowCount: 3) > 1e8)
}
