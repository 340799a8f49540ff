/// Looks for the highest rate that keeps a service level: doubles or halves until one rate keeps
/// it and one does not, then bisects between them.
///
///     100 ✓ ─► 200 ✓ ─► 400 ✗ ─► 283 ✓ ─► 336 ✗ ─► 308 ✓ …
///
/// A rate is tried several times and the majority decides, so that one disturbance does not send
/// the search the wrong way.
package struct RateSearch: Sendable {
  package struct Limits: Sendable, Equatable {
    package var start = 100.0
    package var rateMin = 0.1
    package var rateMax = 10_000_000.0
    /// Tries of a rate; odd, so that there is a majority.
    package var repeats = 3
    /// Ends where the rates that keep and break the level are so close: 0.05 is 5 %.
    package var precision = 0.05

    package init() {}
  }

  package enum Step: Equatable, Sendable {
    case measure(rate: Double)
    case done(Result)
  }

  package struct Result: Equatable, Sendable {
    /// The highest rate that kept the level; nil where none did.
    package var kept: Double?
    /// The lowest that did not; nil where all did.
    package var broken: Double?

    package init(kept: Double?, broken: Double?) {
      self.kept = kept
      self.broken = broken
    }
  }

  private let limits: Limits
  private var candidate: Double
  private var tries = 0
  private var successes = 0
  private var result = Result(kept: nil, broken: nil)

  /// - Precondition: the limits' rates are above 0 and there is at least one try.
  package init(_ limits: Limits = Limits()) {
    precondition(limits.start > 0 && limits.repeats > 0 && limits.precision > 0)
    self.limits = limits
    candidate = min(max(limits.start, limits.rateMin), limits.rateMax)
  }

  package var next: Step {
    switch (result.kept, result.broken) {
    case (let kept?, let broken?) where broken / kept <= 1 + limits.precision: .done(result)
    case (let kept?, nil) where kept >= limits.rateMax: .done(result)
    case (nil, let broken?) where broken <= limits.rateMin: .done(result)
    default: .measure(rate: candidate)
    }
  }

  /// What the try of the last `next` found.
  package mutating func record(isKept: Bool) {
    tries += 1
    successes += isKept ? 1 : 0
    let majority = limits.repeats / 2 + 1
    if successes >= majority {
      result.kept = max(result.kept ?? 0, candidate)
    } else if tries - successes >= majority || tries >= limits.repeats {
      result.broken = min(result.broken ?? .infinity, candidate)
    } else {
      return
    }
    (tries, successes) = (0, 0)
    chooseCandidate()
  }

  private mutating func chooseCandidate() {
    switch (result.kept, result.broken) {
    case (let kept?, let broken?): candidate = (kept * broken).squareRoot()
    case (let kept?, nil): candidate = min(kept * 2, limits.rateMax)
    case (nil, let broken?): candidate = max(broken / 2, limits.rateMin)
    case (nil, nil): break
    }
  }
}

/// Where a curve that has been flat turns upwards: the point farthest below the line from its
/// first to its last point (Satopää et al., "Finding a 'Kneedle' in a haystack", 2011).
///
/// A point below one to its left is a disturbance of that one or luck of its own: the curve is
/// taken as never falling.
/// - Returns: its place among `points`; nil below three points or where the curve does not rise.
package func knee(of points: [(x: Double, y: Double)]) -> Int? {
  let order = points.indices.sorted { points[$0].x < points[$1].x }
  guard points.count >= 3, let first = order.first, let last = order.last else { return nil }
  var heights: [Double] = []
  for index in order { heights.append(max(points[index].y, heights.last ?? points[index].y)) }
  let (width, height) = (points[last].x - points[first].x, heights[heights.count - 1] - heights[0])
  guard width > 0, height > 0 else { return nil }
  let depths = zip(order, heights).map { index, y in
    (points[index].x - points[first].x) / width - (y - heights[0]) / height
  }
  let deepest = depths.indices.max { depths[$0] < depths[$1] }
  return deepest.flatMap { depths[$0] > 0 ? order[$0] : nil }
}
