import Glibc
import Measure

/// The moments of an `ArrivalSchedule`, one after the other, in nanoseconds from its start.
///
/// A process of one arrival a unit, evenly spaced or with exponential gaps, is stretched by the
/// inverse of the rate's integral. With exponential gaps that is a Poisson process of just that
/// rate at every moment (Çinlar, "Introduction to Stochastic Processes", 1975, section 4.7).
package struct Arrivals {
  private let schedule: ArrivalSchedule
  /// In nanoseconds, and in seconds.
  private let leadIn: UInt64
  private let leadInSeconds: Double
  private var random: SplitMix64
  private var units = 0.0
  private var index = 0

  /// - Parameter leadIn: how long the schedule's first rate is kept to before its own start.
  package init(_ schedule: ArrivalSchedule, leadIn: Duration = .zero) {
    self.schedule = schedule
    self.leadIn = leadIn.wholeNanoseconds
    leadInSeconds = leadIn / .seconds(1)
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
      return offsets[index] + leadIn
    case .rate(let profile, let spacing, _):
      let moment = moment(of: units, profile)
      switch spacing {
      case .constant: units += 1
      case .poisson: units -= log(random.nextPart())
      }
      return moment
    }
  }

  private func moment(of units: Double, _ profile: RateProfile) -> UInt64 {
    // Centuries away is never, and may be added to a clock.
    let seconds = min(profile.seconds(until: units, leadIn: leadInSeconds), 4e9)
    return UInt64((seconds * 1e9).rounded())
  }

  /// When the last of `count` arrivals comes that lie behind the lead-in; that of a trace's last
  /// arrival where it has fewer.
  package func moment(ofArrival count: Int) -> UInt64 {
    guard count > 0 else { return leadIn }
    if case .rate(let profile, .constant, _) = schedule {
      // Begins one too early, so that rounding cannot make it one too late.
      var first = max((profile.from * leadInSeconds).rounded(.down) - 1, 0)
      while moment(of: first, profile) < leadIn { first += 1 }
      return moment(of: first + Double(count - 1), profile)
    }
    var arrivals = self
    var last = leadIn
    var seen = 0
    while seen < count, let moment = arrivals.next() {
      guard moment >= leadIn else { continue }
      last = moment
      seen += 1
    }
    return last
  }

  /// How many arrivals are still to come behind the lead-in and before `end`; where they are drawn,
  /// how many may be expected.
  package func remaining(before end: UInt64) -> Int {
    switch schedule {
    case .trace(let offsets):
      return offsets.dropFirst(index).count { $0 + leadIn < end }
    case .rate(let profile, _, _):
      let begun = max(units, profile.from * leadInSeconds)
      let due = profile.count(by: Double(end) / 1e9, leadIn: leadInSeconds)
      return Int(max(due - begun, 0).rounded(.up))
    }
  }
}
