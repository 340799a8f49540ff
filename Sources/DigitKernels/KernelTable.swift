import KernelInterface
import KernelsBaseline

#if arch(x86_64)
  import KernelsAVX512
#endif

/// The vector kernels of one instruction set, chosen at run time.
package struct KernelTable: Sendable {
  package let instructionSet: InstructionSet
  /// How weights are packed for `multiplyRows`.
  package let panels: PanelLayout
  /// Rows that `multiplyRows` takes at once: best efficiency at multiples of it.
  package let tileRows: Int
  package let multiplyRows: @Sendable (RowProduct) -> Void

  /// The fastest that this processor runs.
  package static let best = all[all.count - 1]

  /// All that this processor runs, slowest first.
  package static let all: [KernelTable] = InstructionSet.allCases.compactMap {
    $0.isSupported ? KernelTable($0) : nil
  }

  /// Nil where the instruction set belongs to another architecture.
  private init?(_ instructionSet: InstructionSet) {
    switch instructionSet {
    case .baseline: self = .baseline
    case .avx512:
      #if arch(x86_64)
        self = .avx512
      #else
        return nil
      #endif
    }
  }
}

extension KernelTable {
  fileprivate static let baseline = KernelTable(
    instructionSet: .baseline,
    panels: PanelLayout(vectorWidth: KernelsBaseline.vectorWidth),
    tileRows: KernelsBaseline.tileRows,
    multiplyRows: { KernelsBaseline.multiplyRows($0) })

  #if arch(x86_64)
    fileprivate static let avx512 = KernelTable(
      instructionSet: .avx512,
      panels: PanelLayout(vectorWidth: KernelsAVX512.vectorWidth),
      tileRows: KernelsAVX512.tileRows,
      multiplyRows: { KernelsAVX512.multiplyRows($0) })
  #endif

  private init(
    instructionSet: InstructionSet, panels: PanelLayout, tileRows: Int,
    multiplyRows: @escaping @Sendable (RowProduct) -> Void
  ) {
    self.instructionSet = instructionSet
    self.panels = panels
    self.tileRows = tileRows
    self.multiplyRows = multiplyRows
  }
}
