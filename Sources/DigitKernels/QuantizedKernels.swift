#if arch(x86_64)
  import CProcessor
  import KernelsVNNI
#endif

/// The kernels that multiply bytes, where a processor has instructions for it.
package struct QuantizedKernels: Sendable {
  /// How weights are packed for `multiplyRows`.
  package let panels: QuantizedLayout
  package let multiplyRows: @Sendable (QuantizedRowProduct) -> Void
  /// How the weights for `convolve` are transformed and packed.
  package let winograd: QuantizedWinogradLayout
  package let convolve: @Sendable (QuantizedConvolution) -> Void
  /// Values, how they are kept as bytes, result, count.
  package let quantize:
    @Sendable (UnsafePointer<Float>, Quantization, UnsafeMutablePointer<UInt8>, Int) -> Void
  /// Rounds, one vector for the result; how many multiplications and additions that were.
  package let multiplyBytesAtPeak: @Sendable (Int, UnsafeMutablePointer<Float>) -> Int
  package let multiplyShortsAtPeak: @Sendable (Int, UnsafeMutablePointer<Float>) -> Int
}

extension QuantizedKernels {
  /// Nil where the processor lacks them.
  static let vnni: QuantizedKernels? = {
    #if arch(x86_64)
      guard processor_has_avx512_vnni() else { return nil }
      return QuantizedKernels(
        panels: QuantizedLayout(vectorWidth: KernelsVNNI.vectorWidth),
        multiplyRows: { KernelsVNNI.multiplyQuantizedRows($0) },
        winograd: QuantizedWinogradLayout(
          shortsPerVector: KernelsVNNI.shortsPerVector, tileCount: KernelsVNNI.winogradTiles,
          blockWidth: KernelsVNNI.winogradVectors * KernelsVNNI.vectorWidth),
        convolve: { KernelsVNNI.convolveQuantized($0) },
        quantize: { KernelsVNNI.quantize($0, $1, to: $2, count: $3) },
        multiplyBytesAtPeak: { KernelsVNNI.multiplyBytesAtPeak(rounds: $0, result: $1) },
        multiplyShortsAtPeak: { KernelsVNNI.multiplyShortsAtPeak(rounds: $0, result: $1) })
    #else
      return nil
    #endif
  }()
}
