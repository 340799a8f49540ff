/// Digits side by side in rows, each under its captions: dark ink on white paper.
///
///     ┌──────────────┐
///     │  caption     │  one line or more, centred
///     │ ┌──────────┐ │
///     │ │  28 × 28 │ │  each pixel a square
///     │ └──────────┘ │
///     └──────────────┘
package struct DigitSheet: Sendable {
  package struct Tile: Sendable {
    /// 28 × 28, row-major, ink high.
    package let pixels: [UInt8]
    package let captions: [Caption]

    package init(pixels: some Sequence<UInt8>, captions: [Caption]) {
      self.pixels = Array(pixels)
      self.captions = captions
    }
  }

  /// A line of figures, with the few letters that `PixelFont` has.
  package struct Caption: Sendable {
    package let text: String
    package let colour: RGB

    package init(_ text: String, _ colour: RGB = .ink) {
      self.text = text
      self.colour = colour
    }
  }

  private let tiles: [Tile]
  private let columnCount: Int

  private static let side = 28
  /// Pixels of the picture for each of a digit and of a caption.
  private static let (digitScale, textScale) = (5, 2)
  private static let (gap, lineHeight) = (14, 20)
  private static let frame = RGB(0xe3, 0xe6, 0xea)

  /// - Precondition: there are tiles, each of 28 × 28 pixels and with as many captions.
  package init(_ tiles: [Tile], columnCount: Int) {
    precondition(!tiles.isEmpty && columnCount > 0)
    precondition(
      tiles.allSatisfy {
        $0.pixels.count == Self.side * Self.side && $0.captions.count == tiles[0].captions.count
      })
    self.tiles = tiles
    self.columnCount = min(columnCount, tiles.count)
  }

  package var picture: ColourImage {
    let rowCount = (tiles.count + columnCount - 1) / columnCount
    var image = ColourImage(
      width: columnCount * cellWidth + Self.gap, height: rowCount * cellHeight + Self.gap)
    for (index, tile) in tiles.enumerated() {
      draw(
        tile, on: &image, left: Self.gap + index % columnCount * cellWidth,
        top: Self.gap + index / columnCount * cellHeight)
    }
    return image
  }

  /// A digit with its frame of one pixel.
  private var digitSide: Int { Self.side * Self.digitScale + 2 }
  private var cellWidth: Int { digitSide + Self.gap }
  private var captionHeight: Int { tiles[0].captions.count * Self.lineHeight }
  private var cellHeight: Int { captionHeight + digitSide + Self.gap }

  private func draw(_ tile: Tile, on image: inout ColourImage, left: Int, top: Int) {
    for (line, caption) in tile.captions.enumerated() {
      let width = ColourImage.width(of: caption.text, scale: Self.textScale)
      image.draw(
        caption.text, x: left + (digitSide - width) / 2, y: top + line * Self.lineHeight,
        scale: Self.textScale, caption.colour)
    }
    let y = top + captionHeight
    image.fillSquare(x: left, y: y, side: digitSide, Self.frame)
    for (index, ink) in tile.pixels.enumerated() {
      image.fillSquare(
        x: left + 1 + index % Self.side * Self.digitScale,
        y: y + 1 + index / Self.side * Self.digitScale, side: Self.digitScale,
        RGB(255 - ink, 255 - ink, 255 - ink))
    }
  }
}
