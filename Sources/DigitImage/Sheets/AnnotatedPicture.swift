/// A picture with what was read in it drawn over: a box around each digit, and its label above.
package struct AnnotatedPicture: Sendable {
  package struct Mark: Sendable {
    /// In the picture's pixels.
    package let bounds: Rectangle
    /// Figures, with the few letters that `PixelFont` has; empty for a box alone.
    package let text: String
    package let colour: RGB

    package init(_ bounds: Rectangle, _ text: String, _ colour: RGB) {
      self.bounds = bounds
      self.text = text
      self.colour = colour
    }
  }

  private let ground: GrayImage
  private let marks: [Mark]

  package init(_ ground: GrayImage, _ marks: [Mark]) {
    self.ground = ground
    self.marks = marks
  }

  /// The picture's pixels for each of a label's and of a box's lines.
  private var scale: Int { max(1, min(ground.width, ground.height) / 160) }

  /// Of the same size as the ground.
  package var picture: ColourImage {
    var image = ColourImage(ground)
    for mark in marks {
      let box = mark.bounds.grown(by: 2 * scale)
      image.frame(box, thickness: scale, mark.colour)
      guard !mark.text.isEmpty else { continue }
      let size = (
        width: ColourImage.width(of: mark.text, scale: scale), height: PixelFont.height * scale
      )
      // Above the box, or below it where the picture ends before.
      let above = box.top - size.height - scale
      let y = above >= 0 ? above : box.bottom + scale
      let x = min(max(0, box.left), max(0, ground.width - size.width))
      image.fill(
        Rectangle(left: x, top: y, right: x + size.width, bottom: y + size.height)
          .grown(by: scale), .paper)
      image.draw(mark.text, x: x, y: y, scale: scale, mark.colour)
    }
    return image
  }
}

extension ColourImage {
  /// What lies outside the picture is cut off.
  fileprivate mutating func fill(_ area: Rectangle, _ colour: RGB) {
    let (left, right) = (max(0, area.left), min(width, area.right))
    let (top, bottom) = (max(0, area.top), min(height, area.bottom))
    guard left < right else { return }
    for y in stride(from: top, to: bottom, by: 1) {
      for x in left..<right { self[x, y] = colour }
    }
  }

  /// The lines lie within the area; what is outside the picture is cut off.
  fileprivate mutating func frame(_ area: Rectangle, thickness: Int, _ colour: RGB) {
    var sides = [area, area, area, area]
    sides[0].bottom = area.top + thickness
    sides[1].top = area.bottom - thickness
    sides[2].right = area.left + thickness
    sides[3].left = area.right - thickness
    for side in sides { fill(side, colour) }
  }
}
