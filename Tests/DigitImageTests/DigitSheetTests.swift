import DigitImage
import Testing

@Suite struct DigitSheetTests {
  private func tile(_ ink: UInt8, _ caption: String = "") -> DigitSheet.Tile {
    .init(
      pixels: Array(repeating: ink, count: 784), captions: [.init(caption)])
  }

  @Test func `tiles fill rows of so many columns`() {
    let one = DigitSheet([tile(255)], columnCount: 8).picture
    let five = DigitSheet(Array(repeating: tile(255), count: 5), columnCount: 2).picture
    #expect(five.width - one.width == 142 + 14)
    #expect(five.height - one.height == 2 * (20 + 142 + 14))
  }

  @Test func `ink is dark and paper white`() {
    let dark = DigitSheet([tile(255)], columnCount: 1).picture
    let light = DigitSheet([tile(0)], columnCount: 1).picture
    #expect(dark[dark.width / 2, dark.height / 2] == RGB(0, 0, 0))
    #expect(light[light.width / 2, light.height / 2] == .paper)
    #expect(dark[0, 0] == .paper)
  }

  @Test(arguments: Array("0123456789#%:.adersu"))
  func `every character of the captions has a shape of its own`(character: Character) {
    let picture = DigitSheet([tile(0, String(character))], columnCount: 1).picture
    #expect(picture != DigitSheet([tile(0)], columnCount: 1).picture)
    for other in "0123456789#%:.adersu" where other != character {
      #expect(picture != DigitSheet([tile(0, String(other))], columnCount: 1).picture)
    }
  }

  @Test func `a caption wider than its digit is cut off at the picture's edge`() {
    let long = DigitSheet([tile(0, String(repeating: "8", count: 99))], columnCount: 1).picture
    #expect(long.width == DigitSheet([tile(0)], columnCount: 1).picture.width)
  }
}
