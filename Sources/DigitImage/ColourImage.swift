/// Red, green and blue.
package struct RGB: Equatable, Sendable {
  package var red: UInt8
  package var green: UInt8
  package var blue: UInt8

  package init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  package static let paper = RGB(255, 255, 255)
  package static let ink = RGB(0x30, 0x34, 0x3b)
  package static let paleInk = RGB(0x74, 0x7a, 0x84)
  package static let alarm = RGB(0xc2, 0x3b, 0x12)
}

/// A picture in colour to draw on.
package struct ColourImage: Equatable, Sendable {
  package let width: Int
  package let height: Int
  /// height × width × red, green, blue.
  package private(set) var bytes: [UInt8]

  /// - Precondition: it has at least one pixel.
  package init(width: Int, height: Int, ground: RGB = .paper) {
    precondition(width > 0 && height > 0)
    self.width = width
    self.height = height
    bytes = (0..<width * height).flatMap { _ in [ground.red, ground.green, ground.blue] }
  }

  /// The same picture, as grey as it is.
  package init(_ image: GrayImage) {
    width = image.width
    height = image.height
    bytes = []
    bytes.reserveCapacity(3 * image.pixels.count)
    for level in image.pixels { bytes.append(contentsOf: [level, level, level]) }
  }

  package subscript(x: Int, y: Int) -> RGB {
    get {
      let offset = 3 * (y * width + x)
      return RGB(bytes[offset], bytes[offset + 1], bytes[offset + 2])
    }
    set {
      let offset = 3 * (y * width + x)
      bytes.replaceSubrange(
        offset..<offset + 3, with: [newValue.red, newValue.green, newValue.blue])
    }
  }

  /// - Precondition: the square is within the picture.
  package mutating func fillSquare(x: Int, y: Int, side: Int, _ colour: RGB) {
    for row in y..<y + side {
      for column in x..<x + side { self[column, row] = colour }
    }
  }
}
