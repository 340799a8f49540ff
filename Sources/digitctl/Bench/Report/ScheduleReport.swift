import DigitLoad
import Measure
import PlainText

/// How an open loop's requests were scheduled, and how well that was kept to.
struct ScheduleReport: Encodable {
  let kind: String
  /// Requests a second; nil for a trace.
  let from: Double?
  let to: Double?
  let arrivals: String?
  let seed: UInt64?
  /// Requests that waited until a connection had room, and those that were never sent.
  let heldBack: Int
  let neverSent: Int
  /// The fraction that was sent late although there was room, and how late, in microseconds.
  let lateShare: Double
  let lateness: Spread
  /// The number behind the fraction, and all of them.
  let late: Int
  let latenesses: LatencyHistogram

  enum CodingKeys: String, CodingKey {
    case kind, from, to, arrivals, seed, late
    case heldBack = "held_back"
    case neverSent = "never_sent"
    case lateShare = "late_share"
    case lateness = "lateness_us"
    case latenesses = "lateness_histogram"
  }

  init?(_ run: LoadRun, bounds: ScheduleBounds) {
    self.init(
      run.plan, run.outcome.measured.lateness, bounds: bounds,
      heldBack: run.outcome.measured.heldBack, neverSent: run.outcome.neverSent)
  }

  /// - Returns: nil for a closed loop.
  init?(
    _ plan: LoadPlan, _ latenesses: LatencyHistogram, bounds: ScheduleBounds, heldBack: Int = 0,
    neverSent: Int = 0
  ) {
    guard case .openLoop(let schedule) = plan.pacing else { return nil }
    switch schedule {
    case .rate(let profile, let spacing, let seed):
      kind = profile.duration == .zero ? "rate" : "ramp"
      (from, to) = (profile.from, profile.to)
      arrivals = spacing.rawValue
      self.seed = spacing == .poisson ? seed : nil
    case .trace: (kind, from, to, arrivals, seed) = ("trace", nil, nil, nil, nil)
    }
    (self.heldBack, self.neverSent, self.latenesses) = (heldBack, neverSent, latenesses)
    late = bounds.lateCount(latenesses)
    lateShare = latenesses.count > 0 ? Double(late) / Double(latenesses.count) : 0
    lateness = Spread(LatencySummary(latenesses))
  }

  /// Several that ran at the same time: their rates add up.
  /// - Returns: nil of none.
  init?(adding parts: [ScheduleRecord]) {
    guard let first = parts.first else { return nil }
    kind = first.kind
    let sum = { (rates: [Double?]) -> Double? in
      let known = rates.compactMap(\.self)
      return known.count == rates.count ? known.reduce(0, +) : nil
    }
    (from, to) = (sum(parts.map(\.from)), sum(parts.map(\.to)))
    // Two Poisson processes are one together; of other mixtures nothing is said.
    arrivals = parts.allSatisfy { $0.arrivals == first.arrivals } ? first.arrivals : nil
    seed = nil
    heldBack = parts.reduce(0) { $0 + $1.heldBack }
    neverSent = parts.reduce(0) { $0 + $1.neverSent }
    late = parts.reduce(0) { $0 + $1.late }
    latenesses = parts.dropFirst().reduce(into: first.latenesses) { $0.merge($1.latenesses) }
    lateShare = latenesses.count > 0 ? Double(late) / Double(latenesses.count) : 0
    lateness = Spread(LatencySummary(latenesses))
  }

  var text: String {
    let p99 = latencyText(microseconds: lateness.p99)
    return "\(percent(lateShare)) late (p99 \(p99)), \(heldBack) held back until a connection had "
      + "room, \(neverSent) never sent"
  }
}
