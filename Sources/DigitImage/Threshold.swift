/// What counts as ink.
struct Threshold {
  /// A piece of ink has this somewhere.
  let high: Float
  /// And at least this everywhere.
  let low: Float
  /// How strong the strongest ink is.
  let peak: Float
  /// The spread of what is below the threshold.
  let groundSpread: Float
  /// What half of the picture stays below.
  let median: Float

  /// The level that tells ink from ground best (Otsu, "A Threshold Selection Method from
  /// Gray-Level Histograms", IEEE SMC 9(1), 1979), but never far below the strongest ink: where
  /// little of a picture is ink, the method would split the ground.
  init(_ ink: Plane) {
    let sorted = ink.values.sorted()
    let peak = sorted[Int(0.9985 * Double(sorted.count - 1))]
    let high = max(otsu(sorted, peak: peak), 0.5 * peak)
    let ground = sorted.prefix { $0 < 0.5 * high }
    let mean = ground.reduce(0, +) / Float(max(1, ground.count))
    let squares = ground.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    self.peak = peak
    self.high = high
    median = sorted[sorted.count / 2]
    low = 0.65 * high
    groundSpread = (squares / Float(max(1, ground.count))).squareRoot()
  }

  /// Whether there is ink at all: it stands out of what else the picture shows.
  /// In mere noise the ground lies nearly as far from its lightest places as the darkest do.
  var isClear: Bool { peak >= 0.05 && peak >= 6 * groundSpread && 4 * median <= peak }
}

private func otsu(_ sorted: [Float], peak: Float) -> Float {
  let levelCount = 128
  var histogram = [Int](repeating: 0, count: levelCount)
  for value in sorted where peak > 0 {
    histogram[min(levelCount - 1, Int(value / peak * Float(levelCount - 1)))] += 1
  }
  let total = Double(sorted.count)
  let wholeSum = histogram.enumerated().reduce(0.0) { $0 + Double($1.offset * $1.element) }
  var (count, sum, best, bestLevel) = (0.0, 0.0, -1.0, 0)
  for level in 0..<levelCount - 1 {
    count += Double(histogram[level])
    sum += Double(level * histogram[level])
    guard count > 0, count < total else { continue }
    let difference = sum / count - (wholeSum - sum) / (total - count)
    let between = count * (total - count) * difference * difference
    if between > best { (best, bestLevel) = (between, level) }
  }
  return min(0.7, (Float(bestLevel) + 1) / Float(levelCount - 1)) * peak
}
