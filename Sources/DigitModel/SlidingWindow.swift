/// A square window that slides over a padded map, as those of convolutions and poolings do.
package struct SlidingWindow: Equatable, Sendable {
  package var size: Int
  /// Pixels from one position to the next.
  package var stride: Int
  /// Pixels added on each of the map's four sides.
  package var padding: Int

  package init(size: Int, stride: Int = 1, padding: Int = 0) {
    self.size = size
    self.stride = stride
    self.padding = padding
  }

  /// Positions along a side of `extent` pixels: those where the window lies within the padded map.
  ///
  /// - Precondition: the window fits, `size` ≤ `extent` + 2 × `padding`.
  package func positionCount(along extent: Int) -> Int {
    (extent + 2 * padding - size) / stride + 1
  }
}

extension Convolution {
  package var window: SlidingWindow {
    SlidingWindow(size: kernel, stride: stride, padding: padding)
  }
}

extension Pooling {
  package var window: SlidingWindow { SlidingWindow(size: size, stride: stride) }
}
