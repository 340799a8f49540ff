import Foundation

/// An image as ink, 0 (paper) to 1, row-major.
package struct InkImage: Equatable, Sendable {
  package let height: Int
  package let width: Int
  package var pixels: [Float]

  package init(height: Int, width: Int, ink: Float = 0) {
    self.height = height
    self.width = width
    pixels = Array(repeating: ink, count: height * width)
  }

  /// - Parameter ink: height × width.
  package init(height: Int, width: Int, copying ink: UnsafePointer<Float>) {
    self.height = height
    self.width = width
    pixels = Array(UnsafeBufferPointer(start: ink, count: height * width))
  }

  package subscript(x: Int, y: Int) -> Float {
    get { pixels[y * width + x] }
    set { pixels[y * width + x] = newValue }
  }

  /// Of a pixel that may lie beyond the edges, where there is paper.
  func ink(_ x: Int, _ y: Int) -> Float {
    x >= 0 && y >= 0 && x < width && y < height ? pixels[y * width + x] : 0
  }

  package struct Point: Equatable, Sendable {
    package var x: Float
    package var y: Float

    package init(_ x: Float, _ y: Float) {
      self.x = x
      self.y = y
    }
  }

  /// Draws a line with round ends and soft edges; what is darker stays.
  package mutating func stroke(from start: Point, to end: Point, width thickness: Float, ink: Float)
  {
    let reach = thickness / 2 + 0.5
    let columns = Self.span(start.x, end.x, reach, width)
    let rows = Self.span(start.y, end.y, reach, height)
    let (dx, dy) = (end.x - start.x, end.y - start.y)
    let squaredLength = max(dx * dx + dy * dy, 1e-6)
    for y in rows {
      for x in columns {
        let (px, py) = (Float(x) - start.x, Float(y) - start.y)
        let along = min(max((px * dx + py * dy) / squaredLength, 0), 1)
        let (qx, qy) = (px - along * dx, py - along * dy)
        let coverage = min(max(reach - (qx * qx + qy * qy).squareRoot(), 0), 1)
        self[x, y] = max(self[x, y], coverage * ink)
      }
    }
  }

  /// The pixels between two coordinates and a little around them.
  private static func span(_ a: Float, _ b: Float, _ reach: Float, _ count: Int) -> Range<Int> {
    let first = Int(max(0, (min(a, b) - reach).rounded(.down)))
    let last = Int(min(Float(count - 1), (max(a, b) + reach).rounded(.up)))
    return first..<max(first, last + 1)
  }

  /// Draws a straight line through a point, from edge to edge.
  mutating func line(through point: Point, angle: Float, width thickness: Float, ink: Float) {
    let reach = Float(width + height)
    let (dx, dy) = (cos(angle) * reach, sin(angle) * reach)
    stroke(
      from: Point(point.x - dx, point.y - dy), to: Point(point.x + dx, point.y + dy),
      width: thickness, ink: ink)
  }

  /// Moved by whole pixels, but no farther than ink stays within the edges.
  package func shifted(x: Int, y: Int) -> InkImage {
    var (left, right, top, bottom) = (width, -1, height, -1)
    for row in 0..<height {
      for column in 0..<width where self[column, row] > Self.inkMin {
        (left, right) = (min(left, column), max(right, column))
        (top, bottom) = (min(top, row), max(bottom, row))
      }
    }
    guard right >= 0 else { return self }
    let dx = min(max(x, -left), width - 1 - right)
    let dy = min(max(y, -top), height - 1 - bottom)
    var moved = InkImage(height: height, width: width)
    for row in 0..<height {
      for column in 0..<width { moved[column, row] = ink(column - dx, row - dy) }
    }
    return moved
  }

  /// Less is the faint rim that interpolation leaves.
  private static let inkMin: Float = 0.1
}
