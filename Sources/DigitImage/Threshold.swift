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
  /// Which part of the variance ink and ground explain: 1 where there are but two levels, 0.64 in
  /// Gaussian noise.
  let separation: Float

  /// The parts of a picture that are below its strongest ink: a thin pen leaves less of it.
  private static let peakQuantiles = [0.9985, 0.9996]

  /// Nil where no ink stands out of the ground.
  static func clear(of ink: Plane) -> Threshold? {
    let histogram = Histogram(ink.values)
    return peakQuantiles.lazy.map { Threshold(histogram, peakQuantile: $0) }.first(where: \.isClear)
  }

  /// The level that tells ink from ground best (Otsu, "A Threshold Selection Method from
  /// Gray-Level Histograms", IEEE SMC 9(1), 1979), but never far below the strongest ink: where
  /// little of a picture is ink, the method would split the ground.
  private init(_ histogram: Histogram, peakQuantile: Double) {
    peak = histogram.quantile(peakQuantile)
    let split = histogram.otsu(peak: peak)
    high = max(split.level, 0.5 * peak)
    separation = split.separation
    median = histogram.quantile(0.5)
    low = 0.65 * high
    groundSpread = histogram.spread(below: 0.5 * high)
  }

  /// Whether there is ink at all: it stands out of what else the picture shows.
  /// In mere noise the ground lies nearly as far from its lightest pixels as the darkest do; where
  /// a digit fills its picture, half of it is ink, but of one level.
  private var isClear: Bool {
    peak >= 0.07 && peak >= 6 * groundSpread && (4 * median <= peak || separation >= 0.8)
  }
}

/// How often each amount of ink occurs, from 0 to 1.
struct Histogram {
  private static let binCount = 4_096
  private var bins = [Int](repeating: 0, count: binCount)
  let count: Int

  init(_ levels: some Sequence<Float>) { self.init(counted: levels.lazy.map { ($0, 1) }) }

  /// - Parameter levels: each with how often it occurs.
  init(counted levels: some Sequence<(level: Float, count: Int)>) {
    var total = 0
    for (level, count) in levels {
      bins[min(Self.binCount - 1, Int(level * Float(Self.binCount)))] += count
      total += count
    }
    count = total
  }

  private func level(_ bin: Int) -> Float { (Float(bin) + 0.5) / Float(Self.binCount) }

  /// The level that this fraction of all levels does not exceed.
  func quantile(_ fraction: Double) -> Float {
    let rank = Int(fraction * Double(count - 1))
    var sum = 0
    for bin in bins.indices {
      sum += bins[bin]
      if sum > rank { return bin == 0 ? 0 : level(bin) }
    }
    return 1
  }

  /// The standard deviation of the levels below one.
  func spread(below limit: Float) -> Float {
    var (total, sum, squares) = (0.0, 0.0, 0.0)
    for bin in bins.indices where level(bin) < limit {
      let (weight, level) = (Double(bins[bin]), bin == 0 ? 0 : Double(level(bin)))
      total += weight
      sum += weight * level
      squares += weight * level * level
    }
    guard total > 0 else { return 0 }
    return Float(max(0, squares / total - sum / total * sum / total).squareRoot())
  }

  func otsu(peak: Float) -> (level: Float, separation: Float) {
    let last = min(Self.binCount - 1, Int(peak * Float(Self.binCount)))
    guard last > 0 else { return (0, 0) }
    // What is stronger than the peak counts as the peak.
    let weight = { (bin: Int) in
      bin < last ? Double(bins[bin]) : Double(bins[last...].reduce(0, +))
    }
    let total = Double(count)
    let wholeSum = (0...last).reduce(0.0) { $0 + Double($1) * weight($1) }
    let squares = (0...last).reduce(0.0) { $0 + Double($1 * $1) * weight($1) }
    var (below, sum, best, bestBin) = (0.0, 0.0, -1.0, 0)
    for bin in 0..<last {
      below += Double(bins[bin])
      sum += Double(bin) * Double(bins[bin])
      guard below > 0, below < total else { continue }
      let difference = sum / below - (wholeSum - sum) / (total - below)
      let between = below * (total - below) * difference * difference
      if between > best { (best, bestBin) = (between, bin) }
    }
    let variance = squares / total - wholeSum / total * wholeSum / total
    let explained = best / (total * total)
    return (min(0.7 * peak, level(bestBin + 1)), Float(explained / max(variance, 1e-9)))
  }
}
