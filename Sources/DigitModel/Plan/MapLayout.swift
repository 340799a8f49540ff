import DigitKernels

/// How the feature map of one image lies in a region: rows of pixels of channels, with a halo of
/// zeros around it for the convolution that reads it.
///
///     0 0 0 0 0
///     0 a b c 0    halo 1, width 3: a row is 5 pixels long
///     0 d e f 0
///     0 0 0 0 0
package struct MapLayout: BitwiseCopyable, Equatable {
  package var height: Int
  package var width: Int
  package var channels: Int
  package var halo = 0
  /// Nil where its numbers are floats.
  package var format: NarrowFormat?

  /// Elements from one row to the next.
  package var rowStride: Int { (width + 2 * halo) * channels }
  /// Elements of one image, the halo included.
  package var count: Int { (height + 2 * halo) * rowStride }
  /// Elements of one image, the halo left out.
  package var elementCount: Int { height * width * channels }
  /// Elements from the halo's corner to the first pixel.
  package var interior: Int { halo * (rowStride + channels) }

  package func offset(y: Int, x: Int) -> Int { interior + y * rowStride + x * channels }
}

/// How quantised numbers represent values.
package struct NarrowFormat: BitwiseCopyable, Equatable {
  package var element: NarrowElement
  package var quantization: Quantization
}
