/// Which pieces at the border are no writing: a desk beside the page, a finger, a shadow.
///
/// They lie along the border, where strokes come from inside and meet it. A piece is taken apart
/// into the runs of ink that begin at a side and go straight inwards: those of a band, a corner or
/// a thumb hold nearly all of it, those of a digit little. A stroke along the border, as of a 1 at
/// the left side, is told from a band by its ends: a band goes on beyond the picture's corner.
struct Clutter {
  /// Pixels from the border within which ink touches it.
  static let margin = 2
  private static let leastExplained = 0.85

  private let piece: Component
  private let width: Int
  private let height: Int
  private var isInk: [Bool]

  static func contains(_ piece: Component, width: Int, height: Int) -> Bool {
    guard piece.touchesBorder else { return false }
    let clutter = Clutter(piece, width: width, height: height)
    return Double(clutter.explainedCount) >= leastExplained * Double(piece.area)
  }

  private init(_ piece: Component, width: Int, height: Int) {
    self.piece = piece
    self.width = width
    self.height = height
    isInk = Array(repeating: false, count: width * height)
    for pixel in piece.pixels { isInk[pixel] = true }
  }

  /// Pixels in runs from a side along which the piece lies.
  private var explainedCount: Int {
    var isExplained = [Bool](repeating: false, count: isInk.count)
    for side in Side.allCases {
      let runs = runs(from: side)
      guard isAlong(runs, side) else { continue }
      for run in runs {
        for pixel in run.pixels { isExplained[pixel] = true }
      }
    }
    return isExplained.count { $0 }
  }

  private enum Side: CaseIterable { case left, top, right, bottom }

  /// Ink that goes straight inwards from one position of a side.
  private struct Run {
    let position: Int
    let pixels: [Int]
  }

  private func runs(from side: Side) -> [Run] {
    let (length, depth) = size(seenFrom: side)
    return (0..<length).compactMap { position in
      var pixels: [Int] = []
      var isStarted = false
      for distance in 0..<depth {
        let pixel = pixel(side, position, distance)
        if isInk[pixel] {
          isStarted = true
          pixels.append(pixel)
        } else if isStarted || distance >= Self.margin {
          break
        }
      }
      return pixels.isEmpty ? nil : Run(position: position, pixels: pixels)
    }
  }

  /// Whether the piece lies along the side rather than meets it with an end.
  private func isAlong(_ runs: [Run], _ side: Side) -> Bool {
    guard let first = runs.first, let last = runs.last else { return false }
    let (length, depth) = size(seenFrom: side)
    let depths = runs.map(\.pixels.count).sorted()
    let (middle, deepest) = (depths[depths.count / 2], depths[depths.count - 1])
    guard runs.count * 10 >= middle * 7 else { return false }
    let reachesCorner = first.position < Self.margin || last.position >= length - Self.margin
    return reachesCorner ? middle * 10 <= depth * 3 : runs.count < 2 * deepest
  }

  private func size(seenFrom side: Side) -> (length: Int, depth: Int) {
    switch side {
    case .left, .right: (height, width)
    case .top, .bottom: (width, height)
    }
  }

  private func pixel(_ side: Side, _ position: Int, _ distance: Int) -> Int {
    switch side {
    case .left: position * width + distance
    case .right: position * width + width - 1 - distance
    case .top: distance * width + position
    case .bottom: (height - 1 - distance) * width + position
    }
  }
}

extension Plane {
  /// Takes away pieces with their rims: what is next to them, and the ink around that only falls
  /// off, as far as a blurred edge is wide.
  mutating func erase(_ pieces: [Component], isErased: inout [Bool]) {
    // Noise may lift a rim so far above its lowest value on the way: more would be a stroke's edge.
    let slack: Float = 0.02
    let rimMin = max(0.02, 0.08 * (pieces.map(\.peak).max() ?? 0))
    var ring: [(pixel: Int, lowest: Float)] = []
    for pixel in pieces.lazy.flatMap(\.pixels) {
      forEachNeighbour(of: pixel, reach: 3) { next in
        guard !isErased[next] else { return }
        isErased[next] = true
        ring.append((next, values[next]))
      }
    }
    for _ in 0..<Self.rimWidth {
      var nextRing: [(pixel: Int, lowest: Float)] = []
      for (pixel, lowest) in ring {
        forEachNeighbour(of: pixel, reach: 1) { next in
          guard !isErased[next], values[next] >= rimMin, values[next] <= lowest + slack
          else { return }
          isErased[next] = true
          nextRing.append((next, min(lowest, values[next])))
        }
      }
      ring = nextRing
    }
    for pixel in values.indices where isErased[pixel] { values[pixel] = 0 }
  }

  /// In working pixels. Ground with clouds falls off much further, and on into faint digits.
  private static let rimWidth = 10

  private func forEachNeighbour(of pixel: Int, reach: Int, _ body: (Int) -> Void) {
    let (x, y) = (pixel % width, pixel / width)
    for nextY in max(0, y - reach)...min(height - 1, y + reach) {
      for nextX in max(0, x - reach)...min(width - 1, x + reach) { body(nextY * width + nextX) }
    }
  }
}
