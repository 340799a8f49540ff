import EventLoop
import Measure

/// What a stretch of a load's measured part saw: its events, by when they happened.
package struct LoadInterval: Sendable {
  /// Seconds from the measured part's start.
  package let start: Double
  package let end: Double
  package let counts: LoadCounts
  /// Requests whose end was not known at the end.
  package let inFlight: Int
  package let latency: LatencySummary

  package var requestsPerSecond: Double { rate(counts.answered) }
  package var imagesPerSecond: Double { rate(counts.images) }

  private func rate(_ count: Int) -> Double { end > start ? Double(count) / (end - start) : 0 }

  package init(_ cut: IntervalCut) {
    start = cut.start
    end = cut.end
    counts = cut.counts
    inFlight = cut.inFlight
    latency = LatencySummary(cut.latencies)
  }
}

/// An interval as it was seen, in one session or, merged, in several.
package struct IntervalCut: Sendable {
  /// How many whole intervals had passed at its end: what several sessions' have in common.
  package private(set) var index: Int
  package private(set) var start: Double
  package private(set) var end: Double
  package private(set) var counts: LoadCounts
  package private(set) var inFlight: Int
  package private(set) var latencies: LatencyHistogram

  mutating func merge(_ other: IntervalCut) {
    end = max(end, other.end)
    counts = counts + other.counts
    inFlight += other.inFlight
    latencies.merge(other.latencies)
  }

  /// Sessions cut at nearly the same moment: intervals shall follow each other all the same.
  mutating func follow(_ previousEnd: Double) {
    start = previousEnd
    end = max(end, previousEnd)
  }
}

/// The counters of a tally, without its histograms.
package struct LoadCounts: Sendable, Equatable {
  package var sent = 0
  package var answered = 0
  package var refused = 0
  package var timedOut = 0
  package var lost = 0
  package var abandoned = 0
  package var images = 0
  package var wrong = 0

  /// Requests that ended without a RESULT in time.
  package var unanswered: Int { refused + timedOut + lost + abandoned }

  package init() {}

  package init(_ tally: LoadTally) {
    sent = tally.sent
    answered = tally.answered
    refused = tally.refused
    timedOut = tally.timedOut
    lost = tally.lost
    abandoned = tally.abandoned
    images = tally.images
    wrong = tally.wrong
  }

  package static func + (left: LoadCounts, right: LoadCounts) -> LoadCounts {
    var counts = left
    counts.sent += right.sent
    counts.answered += right.answered
    counts.refused += right.refused
    counts.timedOut += right.timedOut
    counts.lost += right.lost
    counts.abandoned += right.abandoned
    counts.images += right.images
    counts.wrong += right.wrong
    return counts
  }

  package static func - (left: LoadCounts, right: LoadCounts) -> LoadCounts {
    var counts = left
    counts.sent -= right.sent
    counts.answered -= right.answered
    counts.refused -= right.refused
    counts.timedOut -= right.timedOut
    counts.lost -= right.lost
    counts.abandoned -= right.abandoned
    counts.images -= right.images
    counts.wrong -= right.wrong
    return counts
  }
}

/// Cuts a load's measured part into intervals.
package struct IntervalRecorder {
  private let origin: Instant
  private let nanoseconds: UInt64
  private var start: Instant
  private var before = LoadCounts()

  /// - Parameter interval: its length.
  package init(now: Instant, interval: Duration) {
    origin = now
    nanoseconds = max(interval.wholeNanoseconds, 1)
    start = now
  }

  /// When the interval that `now` lies in ends: always a whole number of them after the origin, so
  /// that several recorders keep together.
  package func nextCut(now: Instant) -> Instant {
    let passed = now.nanoseconds(since: origin) / nanoseconds
    return Instant(nanoseconds: origin.nanoseconds + (passed + 1) * nanoseconds)
  }

  /// Whether anything happened since the last cut.
  package func hasNews(_ tallies: LoadTallies) -> Bool { LoadCounts(tallies.measured) != before }

  /// What happened since the last cut; clears the recent latencies.
  /// - Parameter isLast: it ends within an interval, and not a moment after one.
  package mutating func cut(
    _ tallies: inout LoadTallies, now: Instant, isLast: Bool = false
  ) -> IntervalCut {
    let counts = LoadCounts(tallies.measured)
    defer {
      start = now
      before = counts
      tallies.recentLatencies.removeAll()
    }
    return IntervalCut(
      index: Int(now.nanoseconds(since: origin) / nanoseconds) + (isLast ? 1 : 0),
      start: seconds(start), end: seconds(now), counts: counts - before,
      inFlight: tallies.inFlight, latencies: tallies.recentLatencies)
  }

  private func seconds(_ moment: Instant) -> Double {
    Double(moment.nanoseconds(since: origin)) * 1e-9
  }
}
