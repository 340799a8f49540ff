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

  /// Floats from one row to the next.
  var rowStride: Int { (width + 2 * halo) * channels }
  /// Floats of one image.
  var floatCount: Int { (height + 2 * halo) * rowStride }
  /// Floats from the frame's corner to the first pixel.
  var interior: Int { halo * (rowStride + channels) }

  func offset(y: Int, x: Int) -> Int { interior + y * rowStride + x * channels }
}

/// Where the images of a step lie: in a group's memory, which every group uses again, or in
/// memory for a whole batch.
struct Place: Equatable {
  /// In floats from the start of the workspace.
  var start: Int
  /// Floats from one image to the next.
  var imageStride: Int
  var holdsBatch: Bool

  func offset(firstImage: Int) -> Int { start + (holdsBatch ? firstImage * imageStride : 0) }
}

/// Floats from one image's vector to the next: whole cache lines, and not a multiple of a page,
/// or else the same elements of a tile's images would compete for one place in the cache.
func vectorStride(_ count: Int) -> Int {
  let lines = (count + 15) / 16
  return 16 * (lines % 64 == 0 ? lines + 1 : lines)
}
