import DigitLoad
import Measure

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

  enum CodingKeys: String, CodingKey {
    case kind, from, to, arrivals, seed
    case heldBack = "held_back"
    case neverSent = "never_sent"
    case lateShare = "late_share"
    case lateness = "lateness_us"
  }

  init?(_ run: LoadRun, bounds: ScheduleBounds) {
    guard case .openLoop(let schedule) = run.plan.pacing else { return nil }
    switch schedule {
    case .rate(let profile, let spacing, let seed):
      kind = profile.duration == .zero ? "rate" : "ramp"
      (from, to) = (profile.from, profile.to)
      arrivals = spacing.rawValue
      self.seed = spacing == .poisson ? seed : nil
    case .trace: (kind, from, to, arrivals, seed) = ("trace", nil, nil, nil, nil)
    }
    heldBack = run.outcome.measured.heldBack
    neverSent = run.outcome.neverSent
    lateShare = run.outcome.lateShare(bounds)
    lateness = Spread(LatencySummary(run.outcome.measured.lateness))
  }
}
