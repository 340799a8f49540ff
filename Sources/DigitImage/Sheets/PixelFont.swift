/// Characters of 5 × 7 pixels, as many as captions need.
enum PixelFont {
  static let (width, height) = (5, 7)

  /// The rows of a character, each with the leftmost pixel first; a blank for one that is unknown.
  static func rows(of character: Character) -> [[Bool]] {
    glyphs[character] ?? Array(repeating: Array(repeating: false, count: width), count: height)
  }

  private static let glyphs: [Character: [[Bool]]] = {
    var glyphs: [Character: [[Bool]]] = [:]
    for (characters, drawing) in drawings {
      let lines = drawing.split(separator: "\n", omittingEmptySubsequences: false).map(Array.init)
      for (index, character) in characters.enumerated() {
        let left = index * (width + 1)
        glyphs[character] = lines.map { line in
          (left..<left + width).map { $0 < line.count && line[$0] == "#" }
        }
      }
    }
    return glyphs
  }()

  private static let drawings = [
    (
      "0123456789",
      """
      .###. ..#.. .###. ##### ...#. ##### ..##. ##### .###. .###.
      #...# .##.. #...# ...#. ..##. #.... .#... ....# #...# #...#
      #..## ..#.. ....# ..#.. .#.#. ####. #.... ...#. #...# #...#
      #.#.# ..#.. ...#. ...#. #..#. ....# ####. ..#.. .###. .####
      ##..# ..#.. ..#.. ....# ##### ....# #...# .#... #...# ....#
      #...# ..#.. .#... #...# ...#. #...# #...# .#... #...# ...#.
      .###. .###. ##### .###. ...#. .###. .###. .#... .###. .##..
      """
    ),
    (
      "adersu",
      """
      ..... ....# ..... ..... ..... .....
      ..... ....# ..... ..... ..... .....
      .###. .##.# .###. #.##. .###. #...#
      ....# #..## #...# ##..# #.... #...#
      .#### #...# ##### #.... .###. #...#
      #...# #...# #.... #.... ....# #..##
      .#### .#### .###. #.... ####. .##.#
      """
    ),
    (
      "#%:.",
      """
      .#.#. ##... ..... .....
      .#.#. ##..# ..#.. .....
      ##### ...#. ..#.. .....
      .#.#. ..#.. ..... .....
      ##### .#... ..#.. .....
      .#.#. #..## ..#.. .##..
      ..... ...## ..... .##..
      """
    ),
  ]
}

extension ColourImage {
  /// How wide a text is, in pixels.
  static func width(of text: String, scale: Int) -> Int {
    max(0, text.count * (PixelFont.width + 1) - 1) * scale
  }

  /// Draws a text from its top left corner on; what lies outside the picture is cut off.
  mutating func draw(_ text: String, x: Int, y: Int, scale: Int, _ colour: RGB) {
    for (index, character) in text.enumerated() {
      let left = x + index * (PixelFont.width + 1) * scale
      for (row, pixels) in PixelFont.rows(of: character).enumerated() {
        for (column, isInk) in pixels.enumerated() where isInk {
          let (x, y) = (left + column * scale, y + row * scale)
          guard x >= 0, y >= 0, x + scale <= width, y + scale <= height else { continue }
          fillSquare(x: x, y: y, side: scale, colour)
        }
      }
    }
  }
}
