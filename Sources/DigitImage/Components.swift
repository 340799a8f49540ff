/// A connected piece of ink.
struct Component {
  var bounds: Rectangle
  /// Indices into the plane.
  var pixels: [Int] = []
  /// The sum of the ink.
  var mass: Float = 0
  var peak: Float = 0
  var touchesBorder = false

  var area: Int { pixels.count }
}

extension Plane {
  /// Pieces of what is at least `low`, connected sideways or diagonally, each of which reaches
  /// `high` somewhere.
  func components(low: Float, high: Float) -> [Component] {
    var isSeen = [Bool](repeating: false, count: values.count)
    var found: [Component] = []
    for start in values.indices where !isSeen[start] && values[start] >= high {
      found.append(component(from: start, low: low, isSeen: &isSeen))
    }
    return found
  }

  private func component(from start: Int, low: Float, isSeen: inout [Bool]) -> Component {
    var component = Component(
      bounds: Rectangle(left: width, top: height, right: 0, bottom: 0))
    var waiting = [start]
    isSeen[start] = true
    while let pixel = waiting.popLast() {
      let (x, y) = (pixel % width, pixel / width)
      component.pixels.append(pixel)
      component.mass += values[pixel]
      component.peak = max(component.peak, values[pixel])
      component.bounds = component.bounds.union(
        Rectangle(left: x, top: y, right: x + 1, bottom: y + 1))
      for nextY in max(0, y - 1)...min(height - 1, y + 1) {
        for nextX in max(0, x - 1)...min(width - 1, x + 1) {
          let next = nextY * width + nextX
          guard !isSeen[next], values[next] >= low else { continue }
          isSeen[next] = true
          waiting.append(next)
        }
      }
    }
    component.touchesBorder = !component.bounds.isInside(width: width, height: height, margin: 2)
    return component
  }
}
