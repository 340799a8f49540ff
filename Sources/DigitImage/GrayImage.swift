/// Grey levels of any size: 0 black, 255 white.
package struct GrayImage: Equatable, Sendable {
  package let width: Int
  package let height: Int
  /// height × width, row-major.
  package let pixels: [UInt8]

  /// - Precondition: there are width × height pixels, and at least one.
  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0 && pixels.count == width * height)
    self.width = width
    self.height = height
    self.pixels = pixels
  }
}

/// How a stored picture must be turned to stand upright: the values of EXIF's tag 274.
package enum Orientation: Int, Sendable {
  case upright = 1
  case mirrored, upsideDown, flipped, transposed, turnedLeft, transversed, turnedRight

  /// Whether rows become columns.
  private var swapsSides: Bool { rawValue >= Self.transposed.rawValue }

  /// Where the pixel of the upright picture is in the stored one of this size.
  private func source(x: Int, y: Int, width: Int, height: Int) -> (x: Int, y: Int) {
    switch self {
    case .upright: (x, y)
    case .mirrored: (width - 1 - x, y)
    case .upsideDown: (width - 1 - x, height - 1 - y)
    case .flipped: (x, height - 1 - y)
    case .transposed: (y, x)
    case .turnedLeft: (y, height - 1 - x)
    case .transversed: (width - 1 - y, height - 1 - x)
    case .turnedRight: (width - 1 - y, x)
    }
  }

  /// The stored picture as it is meant to be seen.
  package func upright(_ stored: GrayImage) -> GrayImage {
    guard self != .upright else { return stored }
    let width = swapsSides ? stored.height : stored.width
    let height = swapsSides ? stored.width : stored.height
    var pixels: [UInt8] = []
    pixels.reserveCapacity(width * height)
    for y in 0..<height {
      for x in 0..<width {
        let origin = source(x: x, y: y, width: stored.width, height: stored.height)
        pixels.append(stored.pixels[origin.y * stored.width + origin.x])
      }
    }
    return GrayImage(width: width, height: height, pixels: pixels)
  }
}
