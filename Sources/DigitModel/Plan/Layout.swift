import DigitKernels

/// How the feature map of one image lies in the workspace: rows of pixels of channels, with a
/// frame of zeros around it for the convolution that reads it.
///
///     0 0 0 0 0
///     0 a b c 0    halo 1, width 3: a row is 5 pixels long
///     0 d e f 0
///     0 0 0 0 0
struct MapLayout: Equatable {
  var height: Int
  var width: Int
  var channels: Int
  var halo = 0
  /// Nil where its numbers are floats.
  var format: NarrowFormat?

  /// Elements from one row to the next.
  var rowStride: Int { (width + 2 * halo) * channels }
  /// Elements of one image.
  var count: Int { (height + 2 * halo) * rowStride }
  /// Elements from the frame's corner to the first pixel.
  var interior: Int { halo * (rowStride + channels) }

  func offset(y: Int, x: Int) -> Int { interior + y * rowStride + x * channels }
}

/// How narrow numbers stand for values.
struct NarrowFormat: Equatable {
  var element: NarrowElement
  var quantization: Quantization
}

/// Where the images of a step lie: in a group's memory, which every group uses again, or in
/// memory for a whole batch. The elements are floats, or narrow.
struct Place: Equatable {
  /// In floats from the start of the workspace.
  var start: Int
  /// Elements from one image to the next.
  var imageStride: Int
  var holdsBatch: Bool

  private func elements(before image: Int, in images: Range<Int>) -> Int {
    (image - (holdsBatch ? 0 : images.lowerBound)) * imageStride
  }

  @inline(__always)
  func floats(
    of image: Int, in images: Range<Int>, _ memory: UnsafeMutablePointer<Float>
  ) -> UnsafeMutablePointer<Float> {
    memory + start + elements(before: image, in: images)
  }

  @inline(__always)
  func elements(
    of image: Int, in images: Range<Int>, _ memory: UnsafeMutablePointer<Float>,
    _ element: NarrowElement
  ) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(memory + start)
      + elements(before: image, in: images) * element.byteCount
  }
}

/// Elements from one image's vector to the next: whole cache lines, and not a multiple of a page,
/// or else the same elements of a tile's images would compete for one place in the cache.
func vectorStride(_ count: Int) -> Int {
  let lines = (count + 15) / 16
  return 16 * (lines % 64 == 0 ? lines + 1 : lines)
}
