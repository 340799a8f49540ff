/// The pieces of ink that may be writing: not tiny, not most of the picture, and not what lies
/// along the border. None where nothing stands out of the ground.
struct Writing {
  /// The picture's ink without clutter and ruled lines.
  let ink: Plane
  let pieces: [Component]
  /// The ink of all pieces that do not lie along the border, the tiny ones too.
  let mass: Float
  /// The pieces along the border: a page's edge, a thumb.
  let clutterCount: Int
  /// Printed boxes, which are no writing, in no order.
  let boxes: [Rectangle]

  init(on ink: Plane) {
    var clearing = Clearing(ink)
    let pieces = clearing.pieces() ?? []
    self.ink = clearing.ink
    clutterCount = clearing.clutterCount
    boxes = clearing.boxes
    self.pieces = pieces.filter { !isSpeck($0, in: ink) && $0.area * 4 < 3 * ink.values.count }
    mass = pieces.reduce(0) { $0 + $1.mass }
  }
}

private func isSpeck(_ piece: Component, in ink: Plane) -> Bool {
  piece.bounds.side * 25 < min(ink.width, ink.height) || piece.area < 6
}

/// Ink from which what is no writing is taken away.
private struct Clearing {
  var ink: Plane
  private(set) var clutterCount = 0
  private(set) var boxes: [Rectangle] = []
  private var isErased: [Bool]
  private var strongestPeak: Float = 0

  /// How often what lies at the border is taken away: under a dark desk there may be a shadow.
  private static let passes = 3
  /// What is left must be so strong beside what was taken away.
  private static let leastPeak: Float = 0.2

  init(_ ink: Plane) {
    self.ink = ink
    isErased = Array(repeating: false, count: ink.values.count)
  }

  /// What lies along the border may be darker than the writing: the threshold is looked for again
  /// without it. Ruled lines end at it, so it goes first; it is taken at its darkest then, as
  /// lines lead from it into the writing.
  mutating func pieces() -> [Component]? {
    guard let first = threshold() else { return nil }
    takeClutter(of: ink.components(low: first.high, high: first.high))
    ink.removeRuledLines(except: isErased)
    takeFrames()
    for _ in 0..<Self.passes {
      guard let threshold = threshold() else { return nil }
      let found = ink.components(low: threshold.low, high: threshold.high)
      guard takeClutter(of: found) else { return found }
    }
    guard let last = threshold() else { return nil }
    return ink.components(low: last.low, high: last.high)
  }

  /// Walls may be fainter than what is written within them, so they are looked for below the
  /// threshold, too.
  private mutating func takeFrames() {
    for part: Float in [0.5, 1] {
      guard let threshold = threshold() else { return }
      let pieces = ink.components(low: part * threshold.low, high: part * threshold.high)
      let frames = pieces.compactMap { Frame($0, width: ink.width) }
      boxes += frames.flatMap(\.boxes)
      clutterCount += frames.count
      ink.erase(frames.map(\.wallPieces), isErased: &isErased)
    }
  }

  private mutating func threshold() -> Threshold? {
    guard let threshold = Threshold.clear(of: ink) else { return nil }
    strongestPeak = max(strongestPeak, threshold.peak)
    return threshold.peak >= Self.leastPeak * strongestPeak ? threshold : nil
  }

  /// Whether there was any.
  @discardableResult private mutating func takeClutter(of pieces: [Component]) -> Bool {
    let clutter = pieces.filter {
      !isSpeck($0, in: ink) && Clutter.contains($0, width: ink.width, height: ink.height)
    }
    clutterCount += clutter.count
    ink.erase(clutter, isErased: &isErased)
    return !clutter.isEmpty
  }
}
