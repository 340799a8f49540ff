/// Ink of a row that is wide enough for digits that touch each other, and where it may be cut:
/// along ways from its top to its foot that cross little ink.
struct TouchingDigits {
  /// A way from top to foot: for each row of the bounds the first column on its right.
  private struct Cut {
    let columns: [Int]
    /// How much ink lies on it, in strokes.
    let strokes: Float

    var middle: Int { columns.reduce(0, +) / columns.count }
  }

  /// Parts of the height: the least width of ink that is cut, of what is left on each side, and
  /// how far apart cuts are.
  private static let (leastWidth, leastPart, apart) = (0.55, 0.12, 0.12)
  /// So many rows of ink tell where to cut.
  private static let rowCount = 64
  private static let cutCountMax = 5
  /// More ink than this is no place where two digits only touch.
  private static let strokesMax: Float = 2.5

  private let group: Group
  private let width: Int
  /// From the left.
  private let cuts: [Cut]

  /// - Parameter width: of the plane that the group's pixels are of.
  init(_ group: Group, width: Int) {
    self.group = group
    self.width = width
    let bounds = group.bounds
    guard Double(bounds.width) >= Self.leastWidth * Double(bounds.height) else {
      cuts = []
      return
    }
    let scale = max(1, Double(bounds.height) / Double(Self.rowCount))
    var mask = Plane(width: bounds.width, height: bounds.height)
    for pixel in group.pieces.lazy.flatMap(\.pixels) {
      mask[pixel % width - bounds.left, pixel / width - bounds.top] = 1
    }
    let small = mask.resized(
      width: max(1, Int(Double(bounds.width) / scale)),
      height: max(1, Int(Double(bounds.height) / scale)))
    cuts = Self.cuts(through: small).map { cut in
      // Back to the group's rows and columns.
      let columns = (0..<bounds.height).map { row in
        let y = min(small.height - 1, Int(Double(row) / scale))
        return Int(Double(cut.columns[y]) * scale)
      }
      return Cut(columns: columns, strokes: cut.strokes)
    }
  }

  /// One digit of a way to read the ink.
  struct Reading {
    let group: Group
    /// Of the parts that all cuts together make.
    let parts: Range<Int>
    /// What its shape alone speaks against one digit, as a probability.
    let penalty: Float
  }

  /// All of the ink as one digit, and whatever may be one between two cuts.
  var readings: [Reading] {
    let count = cuts.count + 1
    let whole = Reading(group: group, parts: 0..<count, penalty: Self.penalty(group))
    let ranges = (0..<count).flatMap { start in (start + 1...count).map { start..<$0 } }
    return [whole]
      + ranges.compactMap { parts in
        guard parts.count < count, let part = part(parts), isTall(part) else { return nil }
        return Reading(group: part, parts: parts, penalty: Self.cutPenalty + Self.penalty(part))
      }
  }

  /// Digits of a row are about as tall as each other.
  private func isTall(_ part: Group) -> Bool {
    part.bounds.height * 2 >= group.bounds.height
  }

  /// No digit is much wider than it is tall.
  private static func penalty(_ group: Group) -> Float {
    let aspect = Float(group.bounds.width) / Float(max(1, group.bounds.height))
    let excess = max(0, aspect - 1.4) / 0.2
    return excess * excess / 2
  }

  /// Where a network knows one digit as well as its parts, it is one.
  private static let cutPenalty: Float = 0.1

  /// The ink between two cuts. Nil where there is none.
  private func part(_ parts: Range<Int>) -> Group? {
    let (bounds, cuts) = (group.bounds, cuts)
    let isBetween = { (pixel: Int) in
      let (x, row) = (pixel % width - bounds.left, pixel / width - bounds.top)
      return (parts.lowerBound == 0 || x >= cuts[parts.lowerBound - 1].columns[row])
        && (parts.upperBound > cuts.count || x < cuts[parts.upperBound - 1].columns[row])
    }
    var result: Group?
    for piece in group.pieces {
      let pixels = piece.pixels.filter(isBetween)
      guard !pixels.isEmpty else { continue }
      let part = Group(Component(pixels, of: piece, width: width))
      if result == nil { result = part } else { result?.add(part) }
    }
    return result
  }

  /// The cheapest ways that keep apart.
  private static func cuts(through ink: Plane) -> [Cut] {
    let height = Double(ink.height)
    let margin = max(1, Int(leastPart * height))
    guard ink.width > 2 * margin else { return [] }
    let strokeWidth = max(1, ink.strokeWidth)
    let ways = (margin..<ink.width - margin).map { way(through: ink, around: $0) }
    var chosen: [Cut] = []
    for way in ways.sorted(by: { $0.cost < $1.cost }) {
      let cut = Cut(columns: way.columns, strokes: way.ink / strokeWidth)
      guard cut.strokes <= strokesMax, chosen.count < cutCountMax else { break }
      let isApart = chosen.allSatisfy { Double(abs($0.middle - cut.middle)) >= apart * height }
      if isApart { chosen.append(cut) }
    }
    return chosen.sorted { $0.middle < $1.middle }
  }

  /// The way that crosses least ink of those near a column. It goes straight where nothing is
  /// gained otherwise.
  private static func way(
    through ink: Plane, around column: Int
  ) -> (columns: [Int], ink: Float, cost: Float) {
    let reach = ink.height / 5
    let first = max(1, column - reach)
    let last = min(ink.width - 1, column + reach)
    let count = last - first + 1
    var steps = [[Int]](repeating: Array(repeating: 0, count: count), count: ink.height)
    var costs = [Float](repeating: 0, count: count)
    for y in 0..<ink.height {
      var next = costs
      for index in 0..<count {
        var (best, step) = (costs[index], 0)
        for aside in [-1, 1] where costs.indices.contains(index + aside) {
          let cost = costs[index + aside] + slantCost
          if cost < best { (best, step) = (cost, aside) }
        }
        let off = Float(abs(first + index - column)) / Float(ink.height)
        next[index] = best + ink[first + index, y] + offCost * off
        steps[y][index] = step
      }
      costs = next
    }
    var index = costs.indices.min { costs[$0] < costs[$1] } ?? 0
    let cost = costs[index]
    var columns = [Int](repeating: 0, count: ink.height)
    var crossed: Float = 0
    for y in (0..<ink.height).reversed() {
      columns[y] = first + index
      crossed += ink[first + index, y]
      index += steps[y][index]
    }
    return (columns, crossed, cost)
  }

  private static let (slantCost, offCost): (Float, Float) = (0.03, 0.05)
}

extension Component {
  /// Some of a component's pixels.
  fileprivate init(_ pixels: [Int], of whole: Component, width: Int) {
    self = whole
    bounds = pixels.reduce(Rectangle(left: .max, top: .max, right: 0, bottom: 0)) { bounds, pixel in
      let (x, y) = (pixel % width, pixel / width)
      return bounds.union(Rectangle(left: x, top: y, right: x + 1, bottom: y + 1))
    }
    mass = whole.mass * Float(pixels.count) / Float(max(1, whole.pixels.count))
    self.pixels = pixels
  }
}
