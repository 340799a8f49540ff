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
  init?(_ levels: Plane) {
    let (least, most) = (levels.values.min() ?? 0, levels.values.max() ?? 0)
    guard most - least >= Self.leastContrast else { return nil }
    let split = Histogram(levels.values.map { ($0 - least) / (most - least) }).otsu(peak: 1)
    guard split.separation >= Self.leastSeparation else { return nil }
    let limit = least + split.level * (most - least)
    let isDark = Plane(
      width: levels.width, height: levels.height,
      values: levels.values.map { $0 < limit ? 1 : 0 })
    let edge = isDark.border.reduce(0, +) / Float(isDark.border.count)
    guard edge > Self.leastEdge, edge < 1 - Self.leastEdge else { return nil }
    guard !isDark.isHalved else { return nil }
    let inkIsDark = isDark.groundEvidence < 0
    let ground = levels.values.filter { ($0 < limit) != inkIsDark }
    self.inkIsDark = inkIsDark
    self.ground = ground.reduce(0, +) / Float(max(1, ground.count))
  }
}

extension Plane {
  fileprivate var border: [Float] {
    (0..<width).flatMap { [self[$0, 0], self[$0, height - 1]] }
      + (0..<height).flatMap { [self[0, $0], self[width - 1, $0]] }
  }

  /// Whether nearly a whole side is of one level and the opposite one of the other, as where a
  /// shadow lies over half of a sheet.
  fileprivate var isHalved: Bool {
    let top = (0..<width).map { self[$0, 0] }
    let bottom = (0..<width).map { self[$0, height - 1] }
    let left = (0..<height).map { self[0, $0] }
    let right = (0..<height).map { self[width - 1, $0] }
    return [(top, bottom), (left, right)].contains { one, other in
      let means = [one, other].map { $0.reduce(0, +) / Float($0.count) }
      return abs(means[0] - means[1]) > 0.9
    }
  }

  /// Above zero where the dark level is the ground: it covers more of the area, of the border and
  /// of the corners. The weights were fitted by logistic regression to 1,500 MNIST training digits,
  /// cut so that one to four sides touch, and are right for all of these.
  fileprivate var groundEvidence: Float {
    let (right, bottom) = (width - 1, height - 1)
    let corners = [self[0, 0], self[right, 0], self[0, bottom], self[right, bottom]]
    let excess = { (part: [Float]) in part.reduce(0, +) / Float(part.count) - 0.5 }
    return 3 * excess(values) + 6 * excess(border) + 7 * excess(corners)
  }
}
