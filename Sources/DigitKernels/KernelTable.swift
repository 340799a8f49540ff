@_exported import KernelInterface
import KernelsBaseline

#if arch(x86_64)
  import KernelsAVX2
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
  /// How the weights for `convolveWinograd` are transformed and packed.
  package let winograd: WinogradLayout
  package let convolveWinograd: @Sendable (WinogradConvolution) -> Void
  /// Values in place, count.
  package let applyCurve: @Sendable (Curve, UnsafeMutablePointer<Float>, Int) -> Void
  /// Scores, probabilities, count. They may be the same memory.
  package let softmax: @Sendable (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
  /// As `softmax`, of scores divided by their sum.
  package let normalize: @Sendable (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
  /// x × scale + shift: values in place, pixels, scale, shift, channels.
  package let scaleChannels:
    @Sendable (
      UnsafeMutablePointer<Float>, Int, UnsafePointer<Float>, UnsafePointer<Float>, Int
    ) -> Void
  /// Ink of 0…255, scaling, result, count.
  package let scaleBytes:
    @Sendable (UnsafePointer<UInt8>, PixelScaling, UnsafeMutablePointer<Float>, Int) -> Void
  /// Ink of 0…1 as floats of any alignment, scaling, result, count.
  package let scaleFloats:
    @Sendable (UnsafeRawPointer, PixelScaling, UnsafeMutablePointer<Float>, Int) -> Void
  package let poolMap: @Sendable (MapPooling) -> Void
  package let addSparse: @Sendable (SparseSum) -> Void
  /// Rounds, one vector for the result; how many multiplications and additions that were.
  package let multiplyAddAtPeak: @Sendable (Int, UnsafeMutablePointer<Float>) -> Int
  /// For narrow numbers; nil where there are no instructions for it.
  package var int8: NarrowKernels?
  package var bf16: NarrowKernels?

  package func narrow(_ element: NarrowElement) -> NarrowKernels? {
    switch element {
    case .uint8: int8
    case .bfloat16: bf16
    }
  }
}

extension KernelTable {
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
    case .avx2:
      #if arch(x86_64)
        self = .avx2
      #else
        return nil
      #endif
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
    multiplyRows: { KernelsBaseline.multiplyRows($0) },
    winograd: WinogradLayout(
      vectorWidth: KernelsBaseline.vectorWidth, tileCount: KernelsBaseline.winogradTiles,
      wideVectors: KernelsBaseline.winogradWideVectors,
      tailVectors: KernelsBaseline.winogradTailVectors),
    convolveWinograd: { KernelsBaseline.convolveWinograd($0) },
    applyCurve: { KernelsBaseline.applyCurve($0, $1, count: $2) },
    softmax: { KernelsBaseline.softmax($0, $1, count: $2) },
    normalize: { KernelsBaseline.normalize($0, $1, count: $2) },
    scaleChannels: {
      KernelsBaseline.scaleChannels($0, pixels: $1, scale: $2, shift: $3, channels: $4)
    },
    scaleBytes: { KernelsBaseline.scaleBytes($0, $1, to: $2, count: $3) },
    scaleFloats: { KernelsBaseline.scaleFloats($0, $1, to: $2, count: $3) },
    poolMap: { KernelsBaseline.poolMap($0) },
    addSparse: { KernelsBaseline.addSparse($0) },
    multiplyAddAtPeak: { KernelsBaseline.multiplyAddAtPeak(rounds: $0, result: $1) })

  #if arch(x86_64)
    fileprivate static let avx2 = KernelTable(
      instructionSet: .avx2,
      panels: PanelLayout(vectorWidth: KernelsAVX2.vectorWidth),
      tileRows: KernelsAVX2.tileRows,
      multiplyRows: { KernelsAVX2.multiplyRows($0) },
      winograd: WinogradLayout(
        vectorWidth: KernelsAVX2.vectorWidth, tileCount: KernelsAVX2.winogradTiles,
        wideVectors: KernelsAVX2.winogradWideVectors,
        tailVectors: KernelsAVX2.winogradTailVectors),
      convolveWinograd: { KernelsAVX2.convolveWinograd($0) },
      applyCurve: { KernelsAVX2.applyCurve($0, $1, count: $2) },
      softmax: { KernelsAVX2.softmax($0, $1, count: $2) },
      normalize: { KernelsAVX2.normalize($0, $1, count: $2) },
      scaleChannels: {
        KernelsAVX2.scaleChannels($0, pixels: $1, scale: $2, shift: $3, channels: $4)
      },
      scaleBytes: { KernelsAVX2.scaleBytes($0, $1, to: $2, count: $3) },
      scaleFloats: { KernelsAVX2.scaleFloats($0, $1, to: $2, count: $3) },
      poolMap: { KernelsAVX2.poolMap($0) },
      addSparse: { KernelsAVX2.addSparse($0) },
      multiplyAddAtPeak: { KernelsAVX2.multiplyAddAtPeak(rounds: $0, result: $1) })

    fileprivate static let avx512 = KernelTable(
      instructionSet: .avx512,
      panels: PanelLayout(vectorWidth: KernelsAVX512.vectorWidth),
      tileRows: KernelsAVX512.tileRows,
      multiplyRows: { KernelsAVX512.multiplyRows($0) },
      winograd: WinogradLayout(
        vectorWidth: KernelsAVX512.vectorWidth, tileCount: KernelsAVX512.winogradTiles,
        wideVectors: KernelsAVX512.winogradWideVectors,
        tailVectors: KernelsAVX512.winogradTailVectors),
      convolveWinograd: { KernelsAVX512.convolveWinograd($0) },
      applyCurve: { KernelsAVX512.applyCurve($0, $1, count: $2) },
      softmax: { KernelsAVX512.softmax($0, $1, count: $2) },
      normalize: { KernelsAVX512.normalize($0, $1, count: $2) },
      scaleChannels: {
        KernelsAVX512.scaleChannels($0, pixels: $1, scale: $2, shift: $3, channels: $4)
      },
      scaleBytes: { KernelsAVX512.scaleBytes($0, $1, to: $2, count: $3) },
      scaleFloats: { KernelsAVX512.scaleFloats($0, $1, to: $2, count: $3) },
      poolMap: { KernelsAVX512.poolMap($0) },
      addSparse: { KernelsAVX512.addSparse($0) },
      multiplyAddAtPeak: { KernelsAVX512.multiplyAddAtPeak(rounds: $0, result: $1) },
      int8: .vnni, bf16: .bf16)
  #endif
}
