/// The box of a form around a digit, or a row of boxes with walls in common: four straight, thin
/// walls, nearly upright or turned.
struct Frame {
  private typealias Point = SIMD2<Float>

  /// A wall's outer edge, and the direction from it into the frame.
  private struct Wall {
    let start: Point
    let end: Point
    let inward: Point
    let length: Float

    init(_ start: Point, _ end: Point, middle: Point) {
      self.start = start
      self.end = end
      let along = end - start
      let length = (along * along).sum().squareRoot()
      let across = Point(-along.y, along.x) / max(1, length)
      self.length = length
      inward = ((middle - start) * across).sum() < 0 ? -across : across
    }

    /// How far inwards a place is.
    func depth(_ place: Point) -> Float { ((place - start) * inward).sum() }
  }

  /// Shorter frames are loops of digits.
  private static let leastSide: Float = 20
  /// Which part of a wall must be there.
  private static let leastCovered: Float = 0.92

  private let piece: Component
  private let width: Int
  private let walls: [Wall]
  /// Of the walls, in pixels.
  private var thickness: Float = 0
  /// Walls between boxes, as steps across and down the frame.
  private var columns: [ClosedRange<Int>] = []
  private var rows: [ClosedRange<Int>] = []

  /// Nil where the piece, of a plane of this width, has none.
  init?(_ piece: Component, width: Int) {
    guard !piece.touchesBorder else { return nil }
    self.piece = piece
    self.width = width
    let corners = Self.corners(piece, width: width)
    let middle = corners.reduce(Point.zero, +) / 4
    walls = (0..<4).map { Wall(corners[$0], corners[($0 + 1) % 4], middle: middle) }
    let shortest = walls.map(\.length).min() ?? 0
    guard shortest >= Self.leastSide else { return nil }
    let ink = Set(piece.pixels)
    var thicknesses: [Float] = []
    for wall in walls {
      guard let found = thickness(of: wall, ink) else { return nil }
      thicknesses.append(found)
    }
    thickness = thicknesses.max() ?? 0
    guard thickness <= 3 + 0.05 * shortest else { return nil }
    columns = partitions(.across, ink)
    rows = partitions(.down, ink)
  }

  /// What lies furthest out along both diagonals, in order around the piece.
  private static func corners(_ piece: Component, width: Int) -> [Point] {
    let places = piece.pixels.map { Point(Float($0 % width), Float($0 / width)) }
    let directions = [Point(-1, -1), Point(1, -1), Point(1, 1), Point(-1, 1)]
    return directions.map { direction in
      places.max { ($0 * direction).sum() < ($1 * direction).sum() } ?? .zero
    }
  }

  /// The median over the wall; nil where it is not there nearly from end to end.
  private func thickness(of wall: Wall, _ ink: Set<Int>) -> Float? {
    let count = Int(wall.length)
    var found: [Float] = []
    for step in 0..<count {
      let place = wall.start + (wall.end - wall.start) * (Float(step) + 0.5) / Float(count)
      let isInk = { (depth: Int) in
        let pixel = place + wall.inward * Float(depth)
        return ink.contains(Int(pixel.y.rounded()) * width + Int(pixel.x.rounded()))
      }
      guard let first = (-2...2).first(where: isInk) else { continue }
      var depth = first
      while depth - first < count, isInk(depth) { depth += 1 }
      found.append(Float(depth - first))
    }
    guard Float(found.count) >= Self.leastCovered * Float(count) else { return nil }
    return found.sorted()[found.count / 2]
  }

  /// The piece's ink that is walls, those between boxes among it. What is written on them is not.
  var wallPieces: Component {
    var isWall: Set<Int> = []
    for pixel in piece.pixels {
      let place = Point(Float(pixel % width), Float(pixel / width))
      if walls.contains(where: { $0.depth(place) <= thickness + 1 }) { isWall.insert(pixel) }
    }
    for (direction, partitions) in [(Direction.across, columns), (.down, rows)] {
      for partition in partitions {
        for place in places(on: partition.lowerBound - 1...partition.upperBound + 1, direction) {
          let pixel = Int(place.y.rounded()) * width + Int(place.x.rounded())
          for next in [pixel, pixel - 1, pixel + 1, pixel - width, pixel + width] {
            isWall.insert(next)
          }
        }
      }
    }
    var result = piece
    result.pixels = piece.pixels.filter(isWall.contains)
    return result
  }

  /// What lies between walls, row by row: at least one.
  var boxes: [Rectangle] {
    let ends = { (partitions: [ClosedRange<Int>], length: Int) in
      zip(
        [Int(self.thickness)] + partitions.map(\.upperBound),
        partitions.map(\.lowerBound) + [length - Int(self.thickness)])
    }
    return ends(rows, height).flatMap { top, bottom in
      ends(columns, span).map { left, right in
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
          .map { place(Float($0) / Float(span), Float($1) / Float(height)) }
        return Rectangle(
          left: Int(corners.map(\.x).min() ?? 0), top: Int(corners.map(\.y).min() ?? 0),
          right: Int(corners.map(\.x).max() ?? 0), bottom: Int(corners.map(\.y).max() ?? 0))
      }
    }
  }

  // MARK: - Walls between boxes

  private enum Direction { case across, down }

  /// Of the frame, in pixels: its steps across and down.
  private var span: Int { Int(max(walls[0].length, walls[2].length)) }
  private var height: Int { Int(max(walls[1].length, walls[3].length)) }

  /// A place within the frame, each part from 0 to 1.
  private func place(_ across: Float, _ down: Float) -> Point {
    let top = walls[0].start + (walls[0].end - walls[0].start) * across
    let bottom = walls[2].end + (walls[2].start - walls[2].end) * across
    return top + (bottom - top) * down
  }

  /// Of lines at these steps of a direction.
  private func places(on steps: ClosedRange<Int>, _ direction: Direction) -> [Point] {
    steps.flatMap { step in
      switch direction {
      case .across:
        (0...height).map { place(Float(step) / Float(span), Float($0) / Float(height)) }
      case .down: (0...span).map { place(Float($0) / Float(span), Float(step) / Float(height)) }
      }
    }
  }

  /// The steps at which ink goes straight through the frame, as thin as two walls: boxes next to
  /// each other may have a wall each.
  private func partitions(_ direction: Direction, _ ink: Set<Int>) -> [ClosedRange<Int>] {
    let count = direction == .across ? span : height
    let margin = Int(thickness) + 3
    guard count > 2 * margin else { return [] }
    let isInk = { (place: Point) in
      let (x, y) = (Int(place.x.rounded()), Int(place.y.rounded()))
      let beside = direction == .across ? 1 : self.width
      let pixel = y * self.width + x
      return ink.contains(pixel) || ink.contains(pixel - beside) || ink.contains(pixel + beside)
    }
    var found: [ClosedRange<Int>] = []
    for step in margin..<count - margin {
      let places = places(on: step...step, direction)
      guard Float(places.count(where: isInk)) >= Self.leastCovered * Float(places.count)
      else { continue }
      if let last = found.last, last.upperBound == step - 1 {
        found[found.count - 1] = last.lowerBound...step
      } else {
        found.append(step...step)
      }
    }
    return found.filter { Float($0.count) <= 2 * thickness + 5 }
  }
}
