import DigitImage
import Testing

@Suite struct FindDigitsTests {
  private static let digits = Array(0...9)

  @Test(arguments: digits)
  func `an image of MNIST comes out as it went in`(label: Int) throws {
    let original = Handwriting.digit(label)
    let image = GrayImage(width: 28, height: 28, pixels: original)
    let found = try #require(image.findDigits(.one).found.first)
    #expect(likeness(found.pixels, original) > 0.85)
  }

  @Test(arguments: digits)
  func `ink may be dark or light`(label: Int) throws {
    let original = Handwriting.digit(label)
    var dark = Drawing(width: 240, height: 200)
    dark.draw(original, atX: 30, y: 10, scale: 5, contrast: -150)
    var light = Drawing(width: 240, height: 200) { _, _ in 30 }
    light.draw(original, atX: 30, y: 10, scale: 5, contrast: 150)
    let seen = try [dark, light].map {
      try #require($0.image.findDigits(.one).found.first).pixels
    }
    #expect(likeness(seen[0], original) > 0.9)
    #expect(likeness(seen[1], original) > 0.9)
  }

  @Test(arguments: [(0, 0), (100, 0), (0, 60), (97, 58)])
  func `where the digit stands makes no difference`(x: Int, y: Int) throws {
    let original = Handwriting.digit(5)
    var drawing = Drawing(width: 240, height: 200)
    drawing.draw(original, atX: x, y: y, scale: 5, contrast: -150)
    let found = try #require(drawing.image.findDigits(.one).found.first)
    #expect(likeness(found.pixels, original) > 0.9)
    #expect(abs(found.bounds.left - (x + 5 * leftMargin(original))) <= 5)
  }

  @Test func `a shadow over half of the sheet is not ink`() throws {
    let original = Handwriting.digit(3)
    var drawing = Drawing(width: 300, height: 300) { x, y in x + y < 280 ? 120 : 220 }
    drawing.draw(original, atX: 80, y: 80, scale: 5, contrast: -80)
    let found = try #require(drawing.image.findDigits(.one).found.first)
    #expect(likeness(found.pixels, original) > 0.8)
  }

  @Test func `ruled lines are not ink`() throws {
    let original = Handwriting.digit(2)
    var drawing = Drawing(width: 300, height: 300) { x, y in
      (y + x / 40) % 45 < 2 || x % 60 < 2 ? 150 : 220
    }
    drawing.draw(original, atX: 80, y: 80, scale: 5, contrast: -120)
    let found = try #require(drawing.image.findDigits(.one).found.first)
    #expect(likeness(found.pixels, original) > 0.85)
  }

  @Test func `what lies at the border is left out, and so are specks`() throws {
    let original = Handwriting.digit(4)
    var drawing = Drawing(width: 300, height: 300)
    drawing.fill(Rectangle(left: 0, top: 100, right: 30, bottom: 300), level: 10)
    drawing.fill(Rectangle(left: 270, top: 20, right: 274, bottom: 24), level: 10)
    drawing.draw(original, atX: 80, y: 80, scale: 5, contrast: -150)
    let found = try #require(drawing.image.findDigits(.one).found.first)
    #expect(likeness(found.pixels, original) > 0.9)
  }

  @Test func `a digit cut by the border is read where there is no other`() throws {
    let original = Handwriting.digit(0)
    var drawing = Drawing(width: 105, height: 120)
    drawing.draw(original, atX: -22, y: 0, scale: 5, contrast: -150)
    #expect(drawing.image.findDigits(.one).found.count == 1)
  }

  @Test(arguments: [0, 3, 12, 40])
  func `an empty sheet shows no ink, however noisy`(noise: Int) {
    var drawing = Drawing(width: 200, height: 150) { x, _ in 120 + Double(x) / 3 }
    drawing.addNoise(Double(noise))
    #expect(drawing.image.findDigits(.one) == .noInk)
    #expect(drawing.image.findDigits(.rows) == .noInk)
  }

  @Test(arguments: [(1, 1), (1, 500), (500, 1), (2, 3), (5_000, 2)])
  func `a picture of any size is an answer`(width: Int, height: Int) {
    #expect(Drawing(width: width, height: height).image.findDigits(.one) == .noInk)
  }

  private func leftMargin(_ digit: [UInt8]) -> Int {
    (0..<28).first { x in (0..<28).contains { digit[$0 * 28 + x] > 127 } } ?? 0
  }
}
