import EventLoop
import Measure

/// What an open loop has to send and when, against a clock that it is told.
///
/// A request that is due while no connection has a place for it is held back: the server is behind,
/// and the wait belongs to the request's latency. One that is sent late although there was a
/// place is the client's own fault, and too many of those make a run invalid.
package struct Agenda {
  package struct Due: Equatable {
    package var intended: Instant
    package var part: LoadStages.Part
    /// How much later than the first moment at which it could have been sent; nanoseconds.
    package var lateness: UInt64
    package var wasHeldBack: Bool
  }

  private var arrivals: Arrivals
  private let share: LoadShare
  let start: Instant
  private let measuredFrom: Instant
  private let end: Instant
  private var isHoldingBack = false
  private var heldBackUntil: Instant
  /// The intended start of the next request; nil where there is none before the end.
  package private(set) var next: Instant?

  /// - Parameter start: when the warm-up begins; asked for last, for a schedule that is drawn takes
  ///   its time to be made.
  package init(_ schedule: ArrivalSchedule, plan: LoadPlan, start: @autoclosure () -> Instant) {
    arrivals = Arrivals(schedule, leadIn: plan.warmUp)
    let span = Self.span(of: arrivals, plan)
    self.start = start()
    measuredFrom = self.start.advanced(by: plan.warmUp)
    end = measuredFrom.advanced(by: span)
    heldBackUntil = self.start
    share = plan.share
    skip(share.index)
    findNext()
  }

  /// How long the measured part takes: until the plan's last request is due, or its time is over.
  static func span(of arrivals: Arrivals, _ plan: LoadPlan) -> Duration {
    let warmUp = plan.warmUp.wholeNanoseconds
    let until = { (count: Int) -> Duration in
      // One microsecond more, so that the last request lies before the end.
      let nanoseconds = arrivals.moment(ofArrival: count) - warmUp
      return .microseconds(Int64(nanoseconds / 1_000) + 1)
    }
    switch plan.extent {
    case .time(let duration): return duration
    case .requests(let count): return until(count)
    case .atLeast(let count, let duration): return max(duration, until(count))
    }
  }

  /// From the warm-up's end to the schedule's.
  package var measuredSpan: Duration {
    .nanoseconds(Int64(end.nanoseconds - measuredFrom.nanoseconds))
  }

  private mutating func findNext() {
    let moment = arrivals.next().map { Instant(nanoseconds: start.nanoseconds + $0) }
    next = moment.flatMap { $0 < end ? $0 : nil }
    skip(share.count - 1)
  }

  /// Leaves arrivals to others.
  private mutating func skip(_ count: Int) {
    for _ in 0..<count { _ = arrivals.next() }
  }

  /// Takes the next request if it is due.
  package mutating func take(now: Instant) -> Due? {
    guard let intended = next, intended <= now else { return nil }
    if isHoldingBack {
      isHoldingBack = false
      heldBackUntil = now
    }
    let possible = max(intended, heldBackUntil)
    findNext()
    return Due(
      intended: intended, part: intended < measuredFrom ? .warmUp : .measured,
      lateness: now > possible ? now.nanoseconds - possible.nanoseconds : 0,
      wasHeldBack: intended < heldBackUntil)
  }

  /// No connection has a place for a request that is due.
  package mutating func holdBack() { isHoldingBack = true }

  /// Gives up on what was never sent.
  /// - Returns: how many measured requests that are; beyond `countedMax`, about how many.
  package mutating func abandon() -> Int {
    var count = 0
    for _ in 0..<Self.countedMax {
      guard let intended = next else { return count }
      if intended >= measuredFrom { count += 1 }
      findNext()
    }
    defer { next = nil }
    guard next != nil else { return count }
    return count + share.part(of: arrivals.remaining(before: end.nanoseconds(since: start)))
  }

  /// A day of millions a second would take longer to count than anybody waits.
  private static let countedMax = 1_000_000
}
