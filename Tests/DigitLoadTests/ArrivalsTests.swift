import DigitLoad
import Measure
import Testing

private func moments(_ schedule: ArrivalSchedule, _ count: Int, leadIn: Duration = .zero)
  -> [Double]
{
  var arrivals = Arrivals(schedule, leadIn: leadIn)
  return (0..<count).compactMap { _ in arrivals.next() }.map { Double($0) * 1e-9 }
}

/// The integral of the rate up to `seconds`.
private func due(_ profile: RateProfile, by seconds: Double, leadIn: Double = 0) -> Double {
  let length = profile.duration / .seconds(1)
  let inRamp = min(max(seconds - leadIn, 0), length)
  let slope = length > 0 ? (profile.to - profile.from) / length : 0
  return profile.from * min(seconds, leadIn) + profile.from * inRamp + slope * inRamp * inRamp / 2
    + profile.to * max(seconds - leadIn - length, 0)
}

struct ArrivalsTests {
  @Test func `a constant rate is evenly spaced`() {
    #expect(moments(.steady(4), 4) == [0, 0.25, 0.5, 0.75])
  }

  @Test func `a Poisson process is fixed by its seed, and has its rate`() {
    let first = moments(.steady(1_000, spacing: .poisson, seed: 7), 100_000)
    #expect(first == moments(.steady(1_000, spacing: .poisson, seed: 7), 100_000))
    #expect(first != moments(.steady(1_000, spacing: .poisson, seed: 8), 100_000))
    #expect(abs(first.last! - 100) < 1.5)
    // Gaps of an exponential distribution: their standard deviation is their mean, and e^-1 of
    // them are longer than it.
    let gaps = zip(first.dropFirst(), first).map { ($0 - $1) * 1_000 }
    let variance = gaps.map { ($0 - 1) * ($0 - 1) }.reduce(0, +) / Double(gaps.count)
    #expect(abs(variance - 1) < 0.03)
    let long = Double(gaps.count { $0 > 1 }) / Double(gaps.count)
    #expect(abs(long - 0.3679) < 0.01)
  }

  @Test(arguments: [(100.0, 100.0), (50, 400), (400, 50), (0, 100)])
  func `a ramp has passed the integral of its rate`(from: Double, to: Double) {
    let profile = RateProfile(from: from, to: to, over: .seconds(3))
    for leadIn in [0.0, 1.5] {
      for count in stride(from: 0.0, to: 2_000, by: 7) {
        let seconds = profile.seconds(until: count, leadIn: leadIn)
        #expect(abs(due(profile, by: seconds, leadIn: leadIn) - count) < 1e-6)
        #expect(abs(profile.count(by: seconds, leadIn: leadIn) - count) < 1e-6)
      }
    }
  }

  @Test func `a ramp of Poisson arrivals has its rate at both ends`() {
    let profile = RateProfile(from: 1_000, to: 9_000, over: .seconds(10))
    let all = moments(.rate(profile, spacing: .poisson, seed: 1), 50_000)
    #expect(abs(Double(all.count { $0 < 1 }) - 1_400) < 120)
    #expect(abs(Double(all.count { (9..<10).contains($0) }) - 8_600) < 300)
  }

  @Test(arguments: [(100.0, 100.0), (50, 400), (400, 50), (0, 100), (7, 7)])
  func `the last of so many is found without counting`(from: Double, to: Double) {
    let profile = RateProfile(from: from, to: to, over: .seconds(3))
    for leadIn in [Duration.zero, .milliseconds(1_001), .milliseconds(1_100), .seconds(1)] {
      let arrivals = Arrivals(.rate(profile, spacing: .constant, seed: 1), leadIn: leadIn)
      var walking = arrivals
      let start = leadIn.wholeNanoseconds
      let all = (0..<2_000).compactMap { _ in walking.next() }.filter { $0 >= start }
      for count in [1, 2, 9, 500] { #expect(arrivals.moment(ofArrival: count) == all[count - 1]) }
      #expect(abs(arrivals.remaining(before: all[700]) - 700) <= 1)
    }
  }

  @Test func `what never comes is no trap`() {
    let rare = RateProfile(from: 0, to: 1e-300, over: .nanoseconds(1))
    var arrivals = Arrivals(.rate(rare, spacing: .constant, seed: 1))
    #expect((0..<3).allSatisfy { _ in arrivals.next() != nil })
    let last = Arrivals(.steady(10_000_000)).moment(ofArrival: 1_000_000_000_001)
    #expect(last == 100_000_000_000_000)
  }

  @Test func `a lead-in is kept to the nanosecond`() {
    var arrivals = Arrivals(.trace([0]), leadIn: .milliseconds(1_001))
    #expect(arrivals.next() == 1_001_000_000)
  }

  @Test func `a trace is kept to, behind the warm-up`() {
    #expect(moments(.trace([0, 500_000_000]), 9, leadIn: .seconds(1)) == [1, 1.5])
  }
}
