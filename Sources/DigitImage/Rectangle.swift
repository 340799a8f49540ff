/// Whole pixels: `left` and `top` belong to it, `right` and `bottom` do not.
package struct Rectangle: Equatable, Sendable {
  package var left: Int
  package var top: Int
  package var right: Int
  package var bottom: Int

  package init(left: Int, top: Int, right: Int, bottom: Int) {
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }

  package var width: Int { right - left }
  package var height: Int { bottom - top }
  var side: Int { max(width, height) }

  func union(_ other: Rectangle) -> Rectangle {
    Rectangle(
      left: min(left, other.left), top: min(top, other.top), right: max(right, other.right),
      bottom: max(bottom, other.bottom))
  }

  /// The columns that both cover.
  func sharedWidth(_ other: Rectangle) -> Int {
    max(0, min(right, other.right) - max(left, other.left))
  }

  func sharedHeight(_ other: Rectangle) -> Int {
    max(0, min(bottom, other.bottom) - max(top, other.top))
  }

  /// How far apart two are, sideways or up and down, whichever is more; 0 where they meet.
  func gap(to other: Rectangle) -> Int {
    let sideways = max(left, other.left) - min(right, other.right)
    let upright = max(top, other.top) - min(bottom, other.bottom)
    return max(0, sideways, upright)
  }

  func contains(_ other: Rectangle) -> Bool {
    left <= other.left && top <= other.top && right >= other.right && bottom >= other.bottom
  }

  func holdsMiddle(of other: Rectangle) -> Bool {
    let (x, y) = ((other.left + other.right) / 2, (other.top + other.bottom) / 2)
    return left <= x && x < right && top <= y && y < bottom
  }

  /// Whether it keeps so far from the border of a plane of this size.
  func isInside(width: Int, height: Int, margin: Int) -> Bool {
    left >= margin && top >= margin && right <= width - margin && bottom <= height - margin
  }

  func grown(by margin: Int) -> Rectangle {
    Rectangle(
      left: left - margin, top: top - margin, right: right + margin, bottom: bottom + margin)
  }
}
