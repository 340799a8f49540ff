import CProcessor

/// What the vector kernels are compiled for. One row of `KernelTable` and one folder
/// (`Sources/Kernels…`) each.
package enum InstructionSet: String, CaseIterable, Sendable {
  /// What every processor of the architecture has: SSE2 or NEON.
  case baseline
  /// The x86-64-v3 level: AVX2 with FMA.
  case avx2
  /// The x86-64-v4 level.
  case avx512

  /// Whether this processor and operating system run it.
  package var isSupported: Bool {
    switch self {
    case .baseline: true
    case .avx2: processor_has_avx2()
    case .avx512: processor_has_avx512()
    }
  }
}
