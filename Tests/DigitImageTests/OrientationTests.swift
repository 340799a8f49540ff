import DigitImage
import Testing

/// The six pictures that a stored 2 × 3 can mean, by the table in EXIF's standard.
@Test(arguments: [
  (1, "ab cd ef"), (2, "ba dc fe"), (3, "fe dc ba"), (4, "ef cd ab"), (5, "ace bdf"),
  (6, "eca fdb"), (7, "fdb eca"), (8, "bdf ace"),
])
func `a stored picture is turned upright`(value: Int, picture: String) throws {
  let stored = GrayImage(width: 2, height: 3, pixels: Array("abcdef".utf8))
  let upright = try #require(Orientation(rawValue: value)).upright(stored)
  let rows = picture.split(separator: " ")
  #expect(upright.width == rows[0].count)
  #expect(upright.pixels == rows.flatMap { Array($0.utf8) })
}

@Test func `two rows of pixels make one line of half blocks`() {
  let pixels: [UInt8] = [255, 255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 0]
  #expect(pixels.halfBlocks(width: 4) == ["█▀▄ ", "▀   "])
}
