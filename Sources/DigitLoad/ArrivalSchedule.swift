/// When the requests of an open loop are meant to begin, whatever becomes of earlier ones.
package enum ArrivalSchedule: Sendable, Equatable {
  case rate(RateProfile, spacing: Spacing, seed: UInt64)
  /// Nanoseconds from the measured part's start, in rising order.
  case trace([UInt64])

  package enum Spacing: String, CaseIterable, Sendable {
    /// Each as far behind the last as the rate says.
    case constant
    /// As independent users come: a Poisson process.
    case poisson
  }

  /// One rate throughout.
  package static func steady(
    _ perSecond: Double, spacing: Spacing = .constant, seed: UInt64 = 1
  ) -> ArrivalSchedule {
    .rate(RateProfile(from: perSecond, to: perSecond, over: .zero), spacing: spacing, seed: seed)
  }
}

/// A rate that rises or falls evenly and then stays.
///
///     rate  to   ─          ╱────────
///           from ─  ───────╱
///                   lead-in  duration
package struct RateProfile: Sendable, Equatable {
  /// What may be asked for: from one request in a quarter of an hour.
  package static let rates = 0.001...10_000_000.0

  /// Requests a second; also what the warm-up is driven at.
  package let from: Double
  package let to: Double
  package let duration: Duration

  /// - Precondition: no rate is negative, and the last is above 0.
  package init(from: Double, to: Double, over duration: Duration) {
    precondition(from >= 0 && to > 0)
    self.from = from
    self.to = to
    self.duration = duration
  }

  /// When `count` requests have become due, in seconds: the inverse of the rate's integral
  /// N(t) = from·t + (to − from)·t² / 2T.
  ///
  /// - Parameter leadIn: seconds at the first rate before it begins to change.
  package func seconds(until count: Double, leadIn: Double) -> Double {
    let before = from * leadIn
    if count < before { return count / from }
    let rest = count - before
    let length = duration / .seconds(1)
    let during = (from + to) / 2 * length
    guard rest < during else { return leadIn + length + (rest - during) / to }
    // The root's other form would subtract nearly equal numbers, or divide by 0 at one rate.
    let slope = (to - from) / length
    let root = max(from * from + 2 * slope * rest, 0).squareRoot()
    return rest == 0 ? leadIn : leadIn + 2 * rest / (from + root)
  }

  /// How many requests have become due by then: the rate's integral.
  package func count(by seconds: Double, leadIn: Double) -> Double {
    let length = duration / .seconds(1)
    let before = from * min(seconds, leadIn)
    let changing = min(max(seconds - leadIn, 0), length)
    let slope = length > 0 ? (to - from) / length : 0
    let after = to * max(seconds - leadIn - length, 0)
    return before + (from + slope * changing / 2) * changing + after
  }
}
