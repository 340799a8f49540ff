extension Plane {
  /// Takes away the lines of ruled and squared paper: thin ones that cross the whole picture.
  mutating func removeRuledLines() {
    removeLevelLines()
    var turned = transposed
    turned.removeLevelLines()
    self = turned.transposed
  }

  /// Lines within 5° of level. What four fifths of a line's places have, all of it loses: a
  /// digit's own strokes do not reach that far, and what is written across a line stays.
  private mutating func removeLevelLines() {
    guard width >= 3 * LineFinder.columnCount / 4 else { return }
    let finder = LineFinder(self)
    guard let lines = finder.strongest() else { return }
    for y in 0..<height {
      for x in 0..<width {
        let line = lines.strength(of: finder.line(x: x, y: y, slope: lines.slope))
        if line > 0 { self[x, y] = max(0, self[x, y] - 1.15 * line) }
      }
    }
  }
}

/// Looks at a plane along nearly level lines.
private struct LineFinder {
  /// Lines are looked at in so many places.
  static let columnCount = 64
  /// Half a degree.
  private static let slopeStep = 0.00873

  /// How strong the line is that begins at each height of the left border.
  struct Lines {
    let slope: Double
    let offset: Int
    let strengths: [Float]

    func strength(of line: Int) -> Float { strengths[line + offset] }
    var total: Float { strengths.reduce(0, +) }
  }

  private let plane: Plane

  init(_ plane: Plane) { self.plane = plane }

  func line(x: Int, y: Int, slope: Double) -> Int { y - Int((slope * Double(x)).rounded()) }

  /// The slope at which lines are strongest; nil where there are none.
  func strongest() -> Lines? {
    let candidates = (-10...10).map { lines(slope: Double($0) * Self.slopeStep) }
    guard let best = candidates.max(by: { $0.total < $1.total }), best.total > 0 else { return nil }
    return best
  }

  private func lines(slope: Double) -> Lines {
    let offset = Int((abs(slope) * Double(plane.width)).rounded()) + 1
    let strengths = (-offset..<plane.height + offset).map { start in
      strength(start: start, slope: slope)
    }
    return Lines(slope: slope, offset: offset, strengths: thin(strengths))
  }

  private func strength(start: Int, slope: Double) -> Float {
    let step = Double(plane.width) / Double(Self.columnCount)
    var values: [Float] = []
    for column in 0..<Self.columnCount {
      let x = Int(Double(column) * step)
      let y = start + Int((slope * Double(x)).rounded())
      if y >= 0, y < plane.height { values.append(plane[x, y]) }
    }
    guard values.count >= Self.columnCount / 2 else { return 0 }
    values.sort()
    let weak = values[values.count / 5]
    return weak > 0.02 ? values[values.count / 3] : 0
  }

  /// Without what is thicker than a rule: a stroke that fills a narrow picture, or a shadow.
  private func thin(_ strengths: [Float]) -> [Float] {
    let thickest = max(3, plane.height / 25)
    var result = strengths
    var start = 0
    while start < result.count {
      var end = start
      while end < result.count, result[end] > 0 { end += 1 }
      if end - start > thickest { for index in start..<end { result[index] = 0 } }
      start = end + 1
    }
    return result
  }
}
