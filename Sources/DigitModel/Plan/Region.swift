import DigitKernels

/// A region of the workspace that holds one map or vector for each image: of a group, whose memory
/// every group uses again, or of a whole batch. Its elements are floats, or quantised.
package struct Region: BitwiseCopyable, Equatable {
  /// In floats from the start of the workspace.
  package var start: Int
  /// Elements from one image to the next.
  package var imageStride: Int
  package var holdsBatch: Bool

  package init(start: Int, imageStride: Int, holdsBatch: Bool) {
    self.start = start
    self.imageStride = imageStride
    self.holdsBatch = holdsBatch
  }

  private func elements(before image: Int, in images: Range<Int>) -> Int {
    (image - (holdsBatch ? 0 : images.lowerBound)) * imageStride
  }

  @inline(__always)
  package func floats(
    of image: Int, in images: Range<Int>, _ memory: UnsafeMutablePointer<Float>
  ) -> UnsafeMutablePointer<Float> {
    memory + start + elements(before: image, in: images)
  }

  @inline(__always)
  package func elements(
    of image: Int, in images: Range<Int>, _ memory: UnsafeMutablePointer<Float>,
    _ element: NarrowElement
  ) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(memory + start)
      + elements(before: image, in: images) * element.byteCount
  }
}

/// A region, and how the map of each image lies in it.
package struct MapRegion: BitwiseCopyable, Equatable {
  package var region: Region
  package var layout: MapLayout
}

/// Elements from one image's vector to the next: whole cache lines, and not a multiple of a page,
/// or else the same elements of a tile's images would compete for one set of the cache.
func vectorStride(_ count: Int) -> Int {
  let lines = (count + 15) / 16
  return 16 * (lines % 64 == 0 ? lines + 1 : lines)
}
