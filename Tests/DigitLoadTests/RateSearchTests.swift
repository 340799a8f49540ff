import DigitLoad
import Measure
import Testing

/// Runs a search to its end against a server that keeps its level up to `limit`.
private func search(
  _ limits: RateSearch.Limits, isKept: (Double) -> Bool
) -> (result: RateSearch.Result, rates: [Double]) {
  var search = RateSearch(limits)
  var rates: [Double] = []
  while true {
    switch search.next {
    case .done(let result): return (result, rates)
    case .measure(let rate):
      rates.append(rate)
      search.record(isKept(rate) ? .kept : .missed)
    }
  }
}

struct RateSearchTests {
  @Test(arguments: [0.3, 1, 99, 100, 101, 4_321, 250_000])
  func `the highest rate is bracketed, from wherever the search starts`(limit: Double) throws {
    for start in [1.0, 100, 30_000] {
      var limits = RateSearch.Limits()
      (limits.start, limits.repeats) = (start, 1)
      let (result, rates) = search(limits) { $0 <= limit }
      let (kept, missed) = (try #require(result.kept), try #require(result.missed))
      #expect(kept <= limit && limit < missed)
      #expect(missed / kept <= 1.05)
      #expect(rates.count < 40)
    }
  }

  @Test func `between a rate that was kept and one that was missed the geometric mean is next`() {
    var limits = RateSearch.Limits()
    (limits.start, limits.repeats) = (100, 1)
    let (_, rates) = search(limits) { $0 <= 150 }
    #expect(rates.prefix(3).map { $0.rounded() } == [100, 200, 141])
  }

  @Test func `the majority of the tries of a rate decides, as soon as there is one`() {
    var limits = RateSearch.Limits()
    limits.rateMax = 200
    var search = RateSearch(limits)
    // ✗ ✓ ✓: kept at 100; then ✓ ✓ at 200, the highest there is.
    for (isKept, rate) in [(false, 100.0), (true, 100), (true, 100), (true, 200), (true, 200)] {
      #expect(search.next == .measure(rate: rate))
      search.record(isKept ? .kept : .missed)
    }
    #expect(search.next == .done(.init(kept: 200, missed: nil)))
  }

  @Test func `where no rate keeps the level none is found`() {
    var limits = RateSearch.Limits()
    (limits.repeats, limits.rateMin) = (1, 10)
    let (result, rates) = search(limits) { _ in false }
    #expect(result == .init(kept: nil, missed: 10))
    #expect(rates == [100, 50, 25, 12.5, 10])
  }

  @Test func `invalid tries decide nothing and are repeated`() {
    var limits = RateSearch.Limits()
    (limits.rateMax, limits.repeats) = (200, 3)
    var search = RateSearch(limits)
    for verdict in [RateSearch.Verdict.invalid, .kept, .invalid, .invalid, .missed, .kept] {
      #expect(search.next == .measure(rate: 100))
      search.record(verdict)
    }
    #expect(search.next == .measure(rate: 200))
  }

  @Test func `a search whose tries are all invalid ends undecided, and halves nothing`() {
    for repeats in [1, 3, 5] {
      var limits = RateSearch.Limits()
      limits.repeats = repeats
      var search = RateSearch(limits)
      var tries = 0
      while case .measure(let rate) = search.next {
        #expect(rate == 100)
        search.record(.invalid)
        tries += 1
      }
      #expect(tries == 2 * repeats + 1)
      #expect(search.next == .done(.init(kept: nil, missed: nil, undecided: 100)))
    }
  }

  @Test func `above what the client can send the search closes in from below, undecided`() throws {
    var limits = RateSearch.Limits()
    limits.repeats = 1
    var search = RateSearch(limits)
    while case .measure(let rate) = search.next { search.record(rate <= 5_000 ? .kept : .invalid) }
    guard case .done(let result) = search.next else { return }
    let (kept, undecided) = (try #require(result.kept), try #require(result.undecided))
    #expect(kept <= 5_000 && 5_000 < undecided && undecided / kept <= 1.05)
    #expect(result.missed == nil)
  }

  @Test func `a rate that is missed below an undecided one decides`() {
    var limits = RateSearch.Limits()
    limits.repeats = 1
    var search = RateSearch(limits)
    while case .measure(let rate) = search.next {
      search.record(rate > 1_000 ? .invalid : rate > 150 ? .missed : .kept)
    }
    guard case .done(let result) = search.next else { return }
    #expect(result.undecided == nil && result.kept! <= 150 && result.missed! > 150)
  }

  @Test func `the knee is where latency leaves the ground`() {
    // M/M/1 with 1,000 a second: 1 / (1 − ρ), flat and then steep.
    let points = stride(from: 100.0, through: 950, by: 50).map {
      (x: $0, y: 1 / (1 - $0 / 1_000))
    }
    let found = knee(of: points)
    #expect(found.map { (700...850).contains(points[$0].x) } == true)
    #expect(
      knee(of: Array(points.reversed())).map { points.reversed()[$0].x }
        == found.map { points[$0].x })
    // What happens to look fast beyond the knee is not believed.
    #expect(knee(of: [(1, 1), (2, 1.1), (3, 1.2), (4, 9), (5, 3)]) == 2)
    #expect(knee(of: [(1, 1), (2, 1), (3, 1)]) == nil)
    #expect(knee(of: [(1, 1), (2, 9)]) == nil)
  }
}

struct ServiceLevelTests {
  @Test(arguments: [
    ("p99", ServiceLevel.Statistic.percentile(0.99)), ("p99.9", .percentile(0.999)),
    ("p50", .percentile(0.5)), ("mean", .mean), ("max", .maximum),
  ])
  func `a statistic is written as it is read`(text: String, statistic: ServiceLevel.Statistic) {
    #expect(ServiceLevel.Statistic(text) == statistic)
    #expect("\(statistic)" == text)
  }

  @Test(arguments: ["", "p", "p0", "p101", "99", "median"])
  func `what names no statistic is none`(text: String) {
    #expect(ServiceLevel.Statistic(text) == nil)
  }

  @Test func `a level is kept below its bound, and by nobody who answers nothing`() {
    let level = ServiceLevel(.percentile(0.5), below: .milliseconds(2))
    var latencies = LatencyHistogram()
    #expect(!level.isMet(by: latencies))
    for milliseconds in [1, 1, 9] { latencies.record(.milliseconds(milliseconds)) }
    #expect(level.isMet(by: latencies))
    for _ in 0..<2 { latencies.record(.milliseconds(9)) }
    #expect(!level.isMet(by: latencies))
    #expect(!ServiceLevel(.mean, below: .milliseconds(5)).isMet(by: latencies))
    #expect(ServiceLevel(.maximum, below: .milliseconds(10)).isMet(by: latencies))
  }
}
