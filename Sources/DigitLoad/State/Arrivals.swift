import Glibc
import Measure

/// The moments of an `ArrivalSchedule`, one after the other, in nanoseconds from its start.
///
/// A process of one arrival a unit, evenly spaced or with exponential gaps, is stretched by the
/// inverse of the rate's integral. With exponential gaps that is a Poisson process of just that
/// rate at every moment (Çinlar, "Introduction to Stochastic Processes", 1975, section 4.7).
package struct Arrivals {
  private let schedule: ArrivalSchedule
  private let leadIn: Double
  private var random: SplitMix64
  private var units = 0.0
  private var index = 0

  /// - Parameter leadIn: how long the schedule's first rate is kept to before its own start.
  package init(_ schedule: ArrivalSchedule, leadIn: Duration = .zero) {
    self.schedule = schedule
    self.leadIn = leadIn / .seconds(1)
    if case .rate(_, .poisson, let seed) = schedule {
      random = SplitMix64(seed: seed)
      units = -log(random.nextPart())
    } else {
      random = SplitMix64(seed: 0)
    }
  }

  /// Nil where a trace has ended.
  package mutating func next() -> UInt64? {
    defer { index += 1 }
    switch schedule {
    case .trace(let offsets):
      guard index < offsets.count else { return nil }
      return offsets[index] + UInt64(leadIn * 1e9)
    case .rate(let profile, let spacing, _):
      let seconds = profile.seconds(until: units, leadIn: leadIn)
      switch spacing {
      case .constant: units += 1
      case .poisson: units -= log(random.nextPart())
      }
      return UInt64(seconds * 1e9)
    }
  }

  /// When the last of `count` arrivals comes that lie at or behind `start`; that of a trace's
  /// last arrival where it has fewer.
  package func moment(ofArrival count: Int, from start: UInt64) -> UInt64 {
    var arrivals = self
    var last = start
    var seen = 0
    while seen < count, let moment = arrivals.next() {
      guard moment >= start else { continue }
      last = moment
      seen += 1
    }
    return last
  }
}
