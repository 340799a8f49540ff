import DigitKernels
import Testing

@Suite struct KernelChoiceTests {
  @Test(arguments: [[:], ["DIGITS_ISA": ""]])
  func `the best kernels are chosen where none are named`(environment: [String: String]) throws {
    let chosen = try KernelTable.choose(from: environment)
    #expect(chosen.instructionSet == KernelTable.best.instructionSet)
  }

  @Test(arguments: KernelTable.all)
  func `each instruction set of this processor can be named`(kernels: KernelTable) throws {
    let chosen = try KernelTable.choose(from: ["DIGITS_ISA": kernels.instructionSet.rawValue])
    #expect(chosen.instructionSet == kernels.instructionSet)
    #expect(chosen.panels.vectorWidth == kernels.panels.vectorWidth)
  }

  @Test(arguments: [
    ("sse9", "expected DIGITS_ISA to be one of baseline, got 'sse9'"),
    ("AVX2", "expected DIGITS_ISA to be one of baseline, got 'AVX2'"),
    (
      "avx512",
      "expected DIGITS_ISA to be one of baseline, got 'avx512', which this processor lacks"
    ),
  ])
  func `an instruction set that is not there is refused in one sentence`(
    name: String, sentence: String
  ) {
    let onlyBaseline = Array(KernelTable.all.prefix(1))
    let error = #expect(throws: KernelChoiceError.self) {
      try KernelTable.choose(from: ["DIGITS_ISA": name], among: onlyBaseline)
    }
    #expect(error?.description == sentence)
  }
}
