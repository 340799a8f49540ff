/// A picture of two levels, ink and ground, as drawn and scanned ones are: where a digit fills it,
/// no ground surrounds the ink, and which level is the ground must be told by where they lie.
struct TwoLevels {
  let inkIsDark: Bool
  /// The mean level of the ground.
  let ground: Float

  /// The part of the variance that two levels must explain: uniform noise comes to 0.75.
  private static let leastSeparation: Float = 0.8
  /// Levels this close are one level with noise.
  private static let leastContrast: Float = 24

  /// Where less of the border is of one level, the other surrounds everything and is the ground.
  private static let leastEdge: Float = 0.03

  /// Nil where light, noise or a third level matter, or where one level surrounds the other.
  init?(_ image: GrayImage) {
    // By level: a picture may have many times as many pixels.
    var counts = [Int](repeating: 0, count: 256)
    for pixel in image.pixels { counts[Int(pixel)] += 1 }
    let levels = counts.indices.filter { counts[$0] > 0 }.map { (Float($0), counts[$0]) }
    let (least, most) = (levels[0].0, levels[levels.count - 1].0)
    guard most - least >= Self.leastContrast else { return nil }
    let split = Histogram(counted: levels.map { (($0 - least) / (most - least), $1) })
      .otsu(peak: 1)
    guard split.separation >= Self.leastSeparation else { return nil }
    let limit = least + split.level * (most - least)
    let dark = DarkLevel(image: image, limit: limit)
    let edge = dark.border.reduce(0, +) / Float(dark.border.count)
    guard edge > Self.leastEdge, edge < 1 - Self.leastEdge else { return nil }
    guard !dark.isHalved else { return nil }
    let darkCount = levels.reduce(0) { $0 + ($1.0 < limit ? $1.1 : 0) }
    let share = Float(Double(darkCount) / Double(image.pixels.count))
    inkIsDark = dark.groundEvidence(share: share) < 0
    let groundIsDark = !inkIsDark
    let ground = levels.filter { ($0.0 < limit) == groundIsDark }
    let sum = ground.reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    self.ground = Float(sum / Double(max(1, ground.reduce(0) { $0 + $1.1 })))
  }
}

/// Where a picture is darker than a limit: 1 there, 0 elsewhere.
private struct DarkLevel {
  let image: GrayImage
  let limit: Float

  private subscript(x: Int, y: Int) -> Float {
    Float(image.pixels[y * image.width + x]) < limit ? 1 : 0
  }

  private var right: Int { image.width - 1 }
  private var bottom: Int { image.height - 1 }

  var border: [Float] {
    (0...right).flatMap { [self[$0, 0], self[$0, bottom]] }
      + (0...bottom).flatMap { [self[0, $0], self[right, $0]] }
  }

  /// Whether nearly a whole side is of one level and the opposite one of the other, as where a
  /// shadow lies over half of a sheet.
  var isHalved: Bool {
    let rows = [0, bottom].map { y in (0...right).map { self[$0, y] } }
    let columns = [0, right].map { x in (0...bottom).map { self[x, $0] } }
    return [rows, columns].contains { sides in
      let means = sides.map { $0.reduce(0, +) / Float($0.count) }
      return abs(means[0] - means[1]) > 0.9
    }
  }

  /// Above zero where the dark level is the ground: it covers more of the area, of the border and
  /// of the corners. The weights were fitted by logistic regression to 1,500 MNIST training digits,
  /// cut so that one to four sides touch, and are right for all of these.
  /// - Parameter share: of the area.
  func groundEvidence(share: Float) -> Float {
    let corners = [self[0, 0], self[right, 0], self[0, bottom], self[right, bottom]]
    let excess = { (part: [Float]) in part.reduce(0, +) / Float(part.count) - 0.5 }
    return 3 * (share - 0.5) + 6 * excess(border) + 7 * excess(corners)
  }
}
