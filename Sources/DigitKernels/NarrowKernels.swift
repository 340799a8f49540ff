#if arch(x86_64)
  import CProcessor
  import KernelsBF16
  import KernelsVNNI
#endif

/// The kernels that multiply narrow numbers, where a processor has instructions for it.
package struct NarrowKernels: Sendable {
  /// How weights are packed for `multiplyRows`.
  package let panels: NarrowLayout
  package let multiplyRows: @Sendable (NarrowRowProduct) -> Void
  /// How the weights for `convolve` are transformed and packed.
  package let winograd: NarrowWinogradLayout
  package let convolve: @Sendable (NarrowConvolution) -> Void
  /// Values, their quantization, elements, count.
  package let quantize:
    @Sendable (UnsafePointer<Float>, Quantization, UnsafeMutableRawPointer, Int) -> Void
  /// Bytes, elements, count.
  package let quantizeBytes: @Sendable (UnsafeRawPointer, UnsafeMutableRawPointer, Int) -> Void
  /// Rounds, one vector for the result; how many multiplications and additions of elements that
  /// were, and of Winograd's points.
  package let multiplyAtPeak: @Sendable (Int, UnsafeMutablePointer<Float>) -> Int
  package let multiplyPointsAtPeak: @Sendable (Int, UnsafeMutablePointer<Float>) -> Int

  package var element: NarrowElement { panels.element }
}

// By the kind of number; nothing happens where there are no instructions for it. (Not by way of
// `narrow(_:)`, which would count references to every kernel.)
extension KernelTable {
  package func multiplyRows(_ product: NarrowRowProduct, of element: NarrowElement) {
    switch element {
    case .uint8: int8?.multiplyRows(product)
    case .bfloat16: bf16?.multiplyRows(product)
    }
  }

  package func convolve(_ convolution: NarrowConvolution, of element: NarrowElement) {
    switch element {
    case .uint8: int8?.convolve(convolution)
    case .bfloat16: bf16?.convolve(convolution)
    }
  }

  /// Values to elements.
  package func quantize(
    _ values: UnsafePointer<Float>, _ quantization: Quantization,
    to elements: UnsafeMutableRawPointer, of element: NarrowElement, count: Int
  ) {
    switch element {
    case .uint8: int8?.quantize(values, quantization, elements, count)
    case .bfloat16: bf16?.quantize(values, quantization, elements, count)
    }
  }

  /// Whole numbers of 0…255 to elements, which hold them exactly.
  package func quantize(
    bytes: UnsafeRawPointer, to elements: UnsafeMutableRawPointer, of element: NarrowElement,
    count: Int
  ) {
    switch element {
    case .uint8: int8?.quantizeBytes(bytes, elements, count)
    case .bfloat16: bf16?.quantizeBytes(bytes, elements, count)
    }
  }
}

// Nil where the processor lacks them.
extension NarrowKernels {
  static let vnni: NarrowKernels? = {
    #if arch(x86_64)
      guard processor_has_avx512_vnni() else { return nil }
      return NarrowKernels(
        panels: NarrowLayout(element: .uint8, vectorWidth: KernelsVNNI.vectorWidth),
        multiplyRows: { KernelsVNNI.multiplyRows($0) },
        winograd: NarrowWinogradLayout(
          element: .uint8, lineChannels: KernelsVNNI.lineChannels,
          tileCount: KernelsVNNI.winogradTiles,
          blockWidth: KernelsVNNI.winogradVectors * KernelsVNNI.vectorWidth),
        convolve: { KernelsVNNI.convolve($0) },
        quantize: { KernelsVNNI.quantize($0, $1, to: $2, count: $3) },
        quantizeBytes: { KernelsVNNI.quantize($0, to: $1, count: $2) },
        multiplyAtPeak: { KernelsVNNI.multiplyAtPeak(rounds: $0, result: $1) },
        multiplyPointsAtPeak: { KernelsVNNI.multiplyPointsAtPeak(rounds: $0, result: $1) })
    #else
      return nil
    #endif
  }()

  static let bf16: NarrowKernels? = {
    #if arch(x86_64)
      guard processor_has_avx512_bf16() else { return nil }
      return NarrowKernels(
        panels: NarrowLayout(element: .bfloat16, vectorWidth: KernelsBF16.vectorWidth),
        multiplyRows: { KernelsBF16.multiplyRows($0) },
        winograd: NarrowWinogradLayout(
          element: .bfloat16, lineChannels: KernelsBF16.lineChannels,
          tileCount: KernelsBF16.winogradTiles,
          blockWidth: KernelsBF16.winogradVectors * KernelsBF16.vectorWidth),
        convolve: { KernelsBF16.convolve($0) },
        quantize: { KernelsBF16.quantize($0, $1, to: $2, count: $3) },
        quantizeBytes: { KernelsBF16.quantize($0, to: $1, count: $2) },
        multiplyAtPeak: { KernelsBF16.multiplyAtPeak(rounds: $0, result: $1) },
        multiplyPointsAtPeak: { KernelsBF16.multiplyPointsAtPeak(rounds: $0, result: $1) })
    #else
      return nil
    #endif
  }()
}
