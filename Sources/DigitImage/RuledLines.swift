extension Plane {
  /// Takes away the lines of ruled and squared paper: thin ones that cross the whole picture.
  ///
  /// - Parameter isErased: where the picture was something else, at which lines end.
  mutating func removeRuledLines(except isErased: [Bool]) {
    let mask = Plane(width: width, height: height, values: isErased.map { $0 ? 1 : 0 })
    removeLevelLines(except: mask)
    var turned = transposed
    turned.removeLevelLines(except: mask.transposed)
    self = turned.transposed
  }

  /// Lines within 5° of level, and within 22° where there are several. What four fifths of a line's
  /// pixels have, all of it loses: a digit's own strokes do not reach that far, and what is written
  /// across a line stays.
  private mutating func removeLevelLines(except mask: Plane) {
    guard width >= 3 * LineFinder.columnCount / 4 else { return }
    let finder = LineFinder(self, except: mask)
    guard let lines = finder.strongest() else { return }
    for y in 0..<height {
      for x in 0..<width {
        let line = lines.strength(near: finder.line(x: x, y: y, slope: lines.slope))
        if line > 0 { self[x, y] = withoutLine(self[x, y], line: 1.15 * line) }
      }
    }
  }
}

/// The ink at a pixel that a line crosses: none where it is no stronger than the line, all where
/// it is stronger by half.
private func withoutLine(_ ink: Float, line: Float) -> Float {
  ink * min(1, max(0, (ink - line) / (0.5 * line)))
}

/// Looks at a plane along nearly level lines.
private struct LineFinder {
  /// Lines are looked at in so many pixels.
  static let columnCount = 64
  /// Half a degree.
  private static let slopeStep = 0.00873

  /// How strong the line is that begins at each height of the left border.
  struct Lines {
    let slope: Double
    let offset: Int
    let strengths: [Float]

    /// Of the strongest line that is at most a pixel off.
    func strength(near line: Int) -> Float {
      let index = line + offset
      return strengths[max(0, index - 1)...min(strengths.count - 1, index + 1)].max() ?? 0
    }
    var total: Float { strengths.reduce(0, +) }

    /// Heights next to each other are one line.
    var count: Int {
      strengths.indices.count { $0 > 0 && strengths[$0] > 0 && strengths[$0 - 1] == 0 }
    }
  }

  /// So many of the outermost pixels tell whether a line goes on to the border.
  private static let endCount = 3
  private static let leastInk: Float = 0.02

  private let plane: Plane

  private let mask: Plane

  init(_ plane: Plane, except mask: Plane) {
    self.plane = plane
    self.mask = mask
  }

  func line(x: Int, y: Int, slope: Double) -> Int { y - Int((slope * Double(x)).rounded()) }

  /// The slope at which lines are strongest; nil where there are none. A digit's strokes may slant,
  /// too, so lines that do must be several; of these some only cut a corner of the picture.
  func strongest() -> Lines? {
    if let level = strongest(of: -10...10) { return refined(level) }
    let slanted = [-44 ... -11, 11...44].compactMap { strongest(of: $0) }
    guard let best = slanted.max(by: { $0.total < $1.total }), best.count >= 2 else { return nil }
    return refined(best).map { lines(slope: $0.slope, leastCount: Self.columnCount / 8) }
  }

  /// Of slopes at which a line can be within the picture in half of the columns.
  private func strongest(of steps: ClosedRange<Int>) -> Lines? {
    let steepest = 2 * Double(plane.height) / Double(plane.width)
    let slopes = steps.map { Double($0) * Self.slopeStep }
    return strongest(of: slopes.filter { abs($0) <= steepest })
  }

  /// At the nearest of half degrees a line over 512 pixels is off by up to 2.
  private func refined(_ best: Lines) -> Lines? {
    strongest(of: (-2...2).map { best.slope + Double($0) * Self.slopeStep / 4 })
  }

  private func strongest(of slopes: [Double]) -> Lines? {
    slopes.lazy.map { lines(slope: $0, leastCount: Self.columnCount / 2) }
      .filter { $0.total > 0 }.max { $0.total < $1.total }
  }

  /// - Parameter leastCount: in so many columns at least a line must be in the picture.
  private func lines(slope: Double, leastCount: Int) -> Lines {
    let offset = Int((abs(slope) * Double(plane.width)).rounded()) + 1
    let strengths = (-offset..<plane.height + offset).map { start in
      strength(start: start, slope: slope, leastCount: leastCount)
    }
    return Lines(slope: slope, offset: offset, strengths: thin(strengths))
  }

  private func strength(start: Int, slope: Double, leastCount: Int) -> Float {
    let samples = samples(start: start, slope: slope)
    guard samples.count >= leastCount else { return 0 }
    let outermost = max(
      end(samples.prefix(Self.endCount)), end(samples.suffix(Self.endCount)))
    guard
      min(end(samples.prefix(Self.endCount)), end(samples.suffix(Self.endCount))) > Self.leastInk
    else { return 0 }
    // A stroke may lie on the line: beyond it the line is as strong as at its ends.
    return min(samples.sorted()[samples.count / 3], 1.5 * outermost)
  }

  /// The ink along a line; empty where more than a fifth of it has none.
  private func samples(start: Int, slope: Double) -> [Float] {
    let step = Double(plane.width) / Double(Self.columnCount)
    var (samples, emptyCount): ([Float], Int) = ([], 0)
    samples.reserveCapacity(Self.columnCount)
    for column in 0..<Self.columnCount {
      let x = Int(Double(column) * step)
      let y = start + Int((slope * Double(x)).rounded())
      guard y >= 0, y < plane.height, mask[x, y] == 0 else { continue }
      let ink = plane[x, y]
      samples.append(ink)
      if ink <= Self.leastInk { emptyCount += 1 }
      guard emptyCount * 5 <= Self.columnCount else { return [] }
    }
    return emptyCount * 5 <= samples.count ? samples : []
  }

  /// How strong the line is at one of its ends. A stroke of a digit that nearly fills the picture
  /// ends before the border; a rule does not.
  private func end(_ samples: ArraySlice<Float>) -> Float {
    samples.sorted()[samples.count / 2]
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
