import DigitImage
import Testing

@Suite struct RowTests {
  private func sheet(_ rows: [[Int]]) -> GrayImage {
    var drawing = Drawing(
      width: 115 * (rows.map(\.count).max() ?? 0) + 40, height: 150 * rows.count)
    for (row, labels) in rows.enumerated() {
      for (column, label) in labels.enumerated() {
        // Not quite on one line.
        let top = 150 * row + 16 + 7 * (column % 3)
        drawing.draw(
          Handwriting.digit(label), atX: 20 + 115 * column, y: top, scale: 4, contrast: -150)
      }
    }
    return drawing.image
  }

  @Test(arguments: [
    [[3]], [[4, 0, 7]], [[0, 1, 2, 3, 4, 6, 7, 8, 9]], [[1, 1], [2, 2]], [[9, 8, 7], [6, 4]],
  ])
  func `digits come in reading order`(rows: [[Int]]) throws {
    let found = sheet(rows).findDigits(.rows).found
    let labels = rows.flatMap { $0 }
    try #require(found.count == labels.count)
    for (digit, label) in zip(found, labels) {
      #expect(likeness(digit.pixels, Handwriting.digit(label)) > 0.85, "\(label)")
    }
  }

  @Test func `a bar that stands apart belongs to its digit`() {
    var drawing = Drawing(width: 300, height: 200)
    drawing.fill(Rectangle(left: 60, top: 60, right: 74, bottom: 160), level: 20)
    drawing.fill(Rectangle(left: 64, top: 40, right: 100, bottom: 52), level: 20)
    drawing.fill(Rectangle(left: 180, top: 40, right: 194, bottom: 160), level: 20)
    #expect(drawing.image.findDigits(.rows).found.count == 2)
  }

  @Test func `the path of digits is the likeliest one`() {
    let digit = { (left: Int, right: Int) in
      FoundDigit(
        pixels: [], bounds: Rectangle(left: left, top: 0, right: right, bottom: 10))
    }
    let found = FoundDigits([
      [.init(digit: digit(0, 5), parts: 0..<1, penalty: 0)],
      [
        .init(digit: digit(6, 20), parts: 0..<2, penalty: 0),
        .init(digit: digit(6, 12), parts: 0..<1, penalty: 0.1),
        .init(digit: digit(12, 20), parts: 1..<2, penalty: 0.1),
      ],
    ])
    #expect(found.chosen([0.5, 0.9, 0.9, 0.9]) == [0, 1])
    #expect(found.chosen([0.5, 0.1, 0.9, 0.9]) == [0, 2, 3])
    #expect(found.chosen([0, 0, 0.9, 0]) == [0, 1])
    #expect(found.uncut.candidates == [digit(0, 5), digit(6, 20)])
    #expect(FoundDigits([]).chosen([]) == [])
  }
}
