import DigitImage
import Testing

/// What is around digits on a page: desks, rules at a slant, the boxes of forms.
@Suite struct PageTests {
  /// A sheet that a desk is seen around, its level told by how far a place is from the border.
  private static func sheet() -> Drawing {
    Drawing(width: 360, height: 280) { x, y in
      min(x, y, 359 - x, 279 - y) < 25 ? 50 : 220
    }
  }

  /// Lines through a picture, at an angle whose tangent is `slope`.
  private static func ruled(slope: Double) -> Drawing {
    Drawing(width: 360, height: 360) { x, y in
      let place = Double(y) + slope * Double(x) + 360
      return place.truncatingRemainder(dividingBy: 50) < 2.5 ? 130 : 225
    }
  }

  /// Boxes with walls in common.
  private static func boxes(_ count: Int, thickness: Int = 3) -> Drawing {
    var drawing = Drawing(width: 40 + 110 * count, height: 220)
    for box in 0..<count {
      let left = 20 + 110 * box
      drawing.fill(
        Rectangle(left: left, top: 40, right: left + 110 + thickness, bottom: 180), level: 60)
      drawing.fill(
        Rectangle(
          left: left + thickness, top: 40 + thickness, right: left + 110, bottom: 180 - thickness),
        level: 230)
    }
    return drawing
  }

  private static func isLike(_ found: FoundDigit?, _ label: Int) -> Bool {
    found.map { likeness($0.pixels, Handwriting.digit(label)) > 0.85 } ?? false
  }

  @Test func `a sheet on a dark desk is no light ink`() {
    #expect(Self.sheet().image.findDigits(.one) == .noInk)
    var written = Self.sheet()
    written.draw(Handwriting.digit(3), atX: 60, y: 90, scale: 2, contrast: -150)
    #expect(Self.isLike(written.image.findDigits(.one).found.first, 3))
  }

  @Test(arguments: [-0.3, -0.15, 0.12, 0.25])
  func `rules at a slant are not ink`(slope: Double) {
    #expect(Self.ruled(slope: slope).image.findDigits(.one) == .noInk)
    var written = Self.ruled(slope: slope)
    written.draw(Handwriting.digit(2), atX: 90, y: 90, scale: 6, contrast: -140)
    let found = written.image.findDigits(.one).found
    #expect(Self.isLike(found.first, 2))
  }

  @Test func `the boxes of a form are not ink, and what is in them is`() {
    #expect(Self.boxes(1).image.findDigits(.one) == .noInk)
    #expect(Self.boxes(3).image.findDigits(.rows) == .noInk)
    var form = Self.boxes(3)
    for (box, label) in [4, 0, 7].enumerated() {
      form.draw(Handwriting.digit(label), atX: 34 + 110 * box, y: 68, scale: 3, contrast: -170)
    }
    let found = form.image.findDigits(.rows).found
    #expect(found.count == 3)
    for (digit, label) in zip(found, [4, 0, 7]) { #expect(Self.isLike(digit, label)) }
  }

  /// Boxes in two rows, of which two are empty, with a frame around all or without.
  @Test(arguments: [false, true])
  func `each box of a form has one digit or none`(isFramed: Bool) throws {
    var form = Drawing(width: 440, height: 460)
    if isFramed {
      form.fill(Rectangle(left: 8, top: 8, right: 430, bottom: 450), level: 60)
      form.fill(Rectangle(left: 11, top: 11, right: 427, bottom: 447), level: 230)
    }
    let labels: [Int?] = [4, nil, 7, 0, 1, nil]
    for (place, label) in labels.enumerated() {
      let (left, top) = (30 + 110 * (place % 3), 30 + 200 * (place / 3))
      form.fill(Rectangle(left: left, top: top, right: left + 113, bottom: top + 143), level: 60)
      form.fill(
        Rectangle(left: left + 3, top: top + 3, right: left + 110, bottom: top + 140), level: 230)
      guard let label else { continue }
      form.draw(Handwriting.digit(label), atX: left + 14, y: top + 28, scale: 3, contrast: -170)
    }
    let boxes = form.image.findBoxes()
    try #require(boxes.count == labels.count)
    for (box, label) in zip(boxes, labels) {
      #expect((box.digit == nil) == (label == nil))
      if let label { #expect(Self.isLike(box.digit, label), "\(label)") }
    }
    #expect(abs(boxes[1].bounds.left - 143) <= 4 && abs(boxes[1].bounds.bottom - 170) <= 4)
    #expect(Drawing(width: 200, height: 200).image.findBoxes() == [])
  }

  @Test func `a wall that a digit touches is a wall`() throws {
    var form = Self.boxes(3)
    form.fill(Rectangle(left: 120, top: 90, right: 190, bottom: 98), level: 60)
    form.fill(Rectangle(left: 170, top: 90, right: 178, bottom: 160), level: 60)
    let boxes = form.image.findBoxes()
    #expect(boxes.map { $0.digit == nil } == [true, false, true])
  }

  @Test func `a zero of straight, thick strokes is no box`() {
    #expect(Self.boxes(1, thickness: 16).image.findDigits(.one).found.count == 1)
  }

  @Test func `what was read is drawn over the picture`() {
    let ground = GrayImage(width: 40, height: 30, pixels: Array(repeating: 200, count: 1_200))
    let bounds = Rectangle(left: 10, top: 12, right: 20, bottom: 24)
    let drawn = AnnotatedPicture(ground, [.init(bounds, "1", .alarm)]).picture
    #expect((drawn.width, drawn.height) == (40, 30))
    #expect(drawn[8, 15] == .alarm && drawn[21, 15] == .alarm)
    #expect(drawn[12, 10] == .alarm && drawn[12, 25] == .alarm)
    #expect(drawn[15, 18] == RGB(200, 200, 200))
    // Pixel 2 of the figure's first row.
    #expect(drawn[10, 2] == .alarm)
    // A box over the border is cut off there.
    let all = Rectangle(left: 0, top: 0, right: 40, bottom: 30)
    #expect(AnnotatedPicture(ground, [.init(all, "8", .ink)]).picture[20, 15] == RGB(200, 200, 200))
  }
}
