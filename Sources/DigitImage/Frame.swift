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
    for rest in connected(piece.pixels.filter { !isWall.contains($0) }) where isPartition(rest) {
      isWall.formUnion(rest)
    }
    var result = piece
    result.pixels = piece.pixels.filter(isWall.contains)
    return result
  }

  /// Whether ink goes straight from one wall to the opposite one, as thin as two of them: boxes
  /// next to each other may have a wall each.
  private func isPartition(_ pixels: [Int]) -> Bool {
    let places = pixels.map { Point(Float($0 % width), Float($0 / width)) }
    return [0, 1].contains { side in
      let (near, far) = (walls[side], walls[side + 2])
      let reach = thickness + 4
      guard places.contains(where: { near.depth($0) <= reach }),
        places.contains(where: { far.depth($0) <= reach })
      else { return false }
      return Float(pixels.count) <= (2 * thickness + 2) * walls[side + 1].length
    }
  }

  private func connected(_ pixels: [Int]) -> [[Int]] {
    var left = Set(pixels)
    var parts: [[Int]] = []
    for start in pixels where left.remove(start) != nil {
      var (part, next) = ([start], 0)
      while next < part.count {
        for neighbour in [-width - 1, -width, -width + 1, -1, 1, width - 1, width, width + 1] {
          if left.remove(part[next] + neighbour) != nil { part.append(part[next] + neighbour) }
        }
        next += 1
      }
      parts.append(part)
    }
    return parts
  }
}
