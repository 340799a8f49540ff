import DigitImage
import Testing

@Suite struct StandardDigitTests {
  /// The places of an image that are at least half ink.
  private func ink(_ pixels: [UInt8]) -> (columns: Set<Int>, rows: Set<Int>, area: Int) {
    let places = pixels.indices.filter { pixels[$0] > 127 }
    return (Set(places.map { $0 % 28 }), Set(places.map { $0 / 28 }), places.count)
  }

  private func bar(width: Int, height: Int) throws -> [UInt8] {
    var drawing = Drawing(width: 400, height: 400)
    let area = Rectangle(left: 90, top: 60, right: 90 + width, bottom: 60 + height)
    drawing.fill(area, level: 20)
    let found = try #require(drawing.image.findDigits(.one).found.first)
    return found.pixels
  }

  @Test func `the larger side has 20 pixels and the fullest place 255`() throws {
    let pixels = try bar(width: 50, height: 200)
    #expect(ink(pixels).rows.count == 20)
    #expect(pixels.max() == 255)
  }

  @Test func `the centre of mass lies in the middle of pixel 14`() throws {
    let digit = Handwriting.digit(7)
    var drawing = Drawing(width: 300, height: 300)
    drawing.draw(digit, atX: 10, y: 120, scale: 5, contrast: -150)
    let pixels = try #require(drawing.image.findDigits(.one).found.first).pixels
    let mass = pixels.reduce(0.0) { $0 + Double($1) }
    let x = pixels.indices.reduce(0) { $0 + Double(pixels[$1]) * (Double($1 % 28) + 0.5) } / mass
    let y = pixels.indices.reduce(0) { $0 + Double(pixels[$1]) * (Double($1 / 28) + 0.5) } / mass
    #expect(abs(x - 14.5) <= 0.5)
    #expect(abs(y - 14.5) <= 0.5)
  }

  @Test func `a thin stroke becomes a tenth as thick as it is high`() throws {
    #expect(ink(try bar(width: 6, height: 200)).columns.count == 2)
  }

  @Test func `a thick stroke stays as thick as it is`() throws {
    #expect(ink(try bar(width: 60, height: 200)).columns.count == 6)
  }
}
