/// Looks for the highest rate that keeps a service level: doubles or halves until one rate keeps
/// it and one does not, then bisects between them.
///
///     100 ✓ ─► 200 ✓ ─► 400 ✗ ─► 283 ✓ ─► 336 ✗ ─► 308 ✓ …
///
/// A rate is tried several times and the majority decides, so that one disturbance does not send
/// the search the wrong way. An invalid try decides nothing and is repeated; where a rate has too
/// many of them it stays undecided: the search goes on between it and the rates below that keep
/// the level, and ends where there are none.
package struct RateSearch: Sendable {
  package struct Limits: Sendable, Equatable {
    package var start = 100.0
    package var rateMin = 0.1
    package var rateMax = 10_000_000.0
    /// Valid tries of a rate; odd, so that there is a majority.
    package var repeats = 3
    /// Stops where the rates that keep and miss the level are within this relative precision.
    package var precision = 0.05
    /// Of more invalid tries a rate stays undecided.
    var invalidTriesMax: Int { 2 * repeats }

    package init() {}
  }

  package enum Step: Equatable, Sendable {
    case measure(rate: Double)
    case done(Result)
  }

  /// What one try of a rate found.
  package enum Verdict: Equatable, Sendable {
    case kept
    case missed
    /// The client could not send as it should have: nothing is known about the server.
    case invalid
  }

  package struct Result: Equatable, Sendable {
    /// The highest rate that kept the level; nil where none did.
    package var kept: Double?
    /// The lowest that did not; nil where all did.
    package var missed: Double?
    /// The lowest, below that one, whose tries were invalid: nil where every rate was decided.
    package var undecided: Double?

    package init(kept: Double?, missed: Double?, undecided: Double? = nil) {
      self.kept = kept
      self.missed = missed
      self.undecided = undecided
    }

    /// The lowest rate that is not known to keep the level.
    fileprivate var upper: Double? { undecided ?? missed }
  }

  private let limits: Limits
  private var candidate: Double
  private var tries = 0
  private var successes = 0
  private var invalidTries = 0
  private var result = Result(kept: nil, missed: nil)

  /// - Precondition: the limits' rates are above 0 and there is at least one try.
  package init(_ limits: Limits = Limits()) {
    precondition(limits.start > 0 && limits.repeats > 0 && limits.precision > 0)
    self.limits = limits
    candidate = min(max(limits.start, limits.rateMin), limits.rateMax)
  }

  package var next: Step {
    switch (result.kept, result.upper) {
    case (let kept?, let upper?) where upper / kept <= 1 + limits.precision: .done(result)
    case (let kept?, nil) where kept >= limits.rateMax: .done(result)
    case (nil, let upper?) where upper <= limits.rateMin || result.undecided != nil: .done(result)
    default: .measure(rate: candidate)
    }
  }

  /// What the try of the last `next` found.
  package mutating func record(_ verdict: Verdict) {
    switch verdict {
    case .kept: (tries, successes) = (tries + 1, successes + 1)
    case .missed: tries += 1
    case .invalid: invalidTries += 1
    }
    let majority = limits.repeats / 2 + 1
    if successes >= majority {
      result.kept = max(result.kept ?? 0, candidate)
    } else if tries - successes >= majority || tries >= limits.repeats {
      result.missed = candidate
      result.undecided = nil
    } else if invalidTries > limits.invalidTriesMax {
      result.undecided = candidate
    } else {
      return
    }
    (tries, successes, invalidTries) = (0, 0, 0)
    chooseCandidate()
  }

  private mutating func chooseCandidate() {
    switch (result.kept, result.upper) {
    case (let kept?, let upper?): candidate = (kept * upper).squareRoot()
    case (let kept?, nil): candidate = min(kept * 2, limits.rateMax)
    case (nil, let upper?): candidate = max(upper / 2, limits.rateMin)
    case (nil, nil): break
    }
  }
}

/// Where a curve that has been flat turns upwards: the point farthest below the line from its
/// first to its last point (Satopää et al., "Finding a 'Kneedle' in a haystack", 2011).
///
/// A point below one to its left is a disturbance of that one or luck of its own: the curve is
/// taken as never falling.
/// - Returns: its index in `points`; nil below three points or where the curve does not rise.
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
