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
  /// What was due before this had a place when it was due, and the client came too late for it.
  private var clientLateUntil: Instant
  /// Measured arrivals that are still to come, others' shares among them; nil where only time ends
  /// them.
  private var left: Int?
  /// How long the schedule plans for what is measured: one more arrival would come after it.
  private(set) var plannedSpan: Duration
  /// The intended start of the next request; nil where there is none before the end.
  package private(set) var next: Instant?

  /// - Parameter start: when the warm-up begins; asked for last, for a schedule that is drawn takes
  ///   its time to be made.
  package init(_ schedule: ArrivalSchedule, plan: LoadPlan, start: @autoclosure () -> Instant) {
    arrivals = Arrivals(schedule, leadIn: plan.warmUp)
    let span = Self.span(of: arrivals, plan)
    (left, plannedSpan) = Self.count(of: arrivals, plan, span)
    self.start = start()
    measuredFrom = self.start.advanced(by: plan.warmUp)
    end = measuredFrom.advanced(by: span)
    heldBackUntil = self.start
    clientLateUntil = self.start
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

  /// How many requests are to be sent, where that is said, and the time that is planned for them.
  private static func count(
    of arrivals: Arrivals, _ plan: LoadPlan, _ span: Duration
  ) -> (count: Int?, time: Duration) {
    guard case .requests(let count) = plan.extent else { return (nil, span) }
    let next = arrivals.moment(ofArrival: count + 1)
    return (count, .nanoseconds(Int64(next)) - plan.warmUp)
  }

  private mutating func findNext() {
    next = arrival()
    skip(share.count - 1)
  }

  /// Leaves arrivals to others.
  private mutating func skip(_ count: Int) {
    for _ in 0..<count { _ = arrival() }
  }

  /// The next arrival, whoever's it is.
  private mutating func arrival() -> Instant? {
    guard let moment = arrivals.next() else { return nil }
    let instant = Instant(nanoseconds: start.nanoseconds + moment)
    guard instant < end, left != 0 else { return nil }
    if instant >= measuredFrom, let count = left { left = count - 1 }
    return instant
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
      lateness: now.nanoseconds(since: possible) + clientLateUntil.nanoseconds(since: intended),
      wasHeldBack: intended < heldBackUntil)
  }

  /// No connection has a place for a request that is due.
  ///
  /// Where the client only comes now, places were free until now: whatever has become due is late
  /// by its fault so far.
  package mutating func holdBack(now: Instant) {
    if !isHoldingBack { clientLateUntil = now }
    isHoldingBack = true
  }

  /// Ends the schedule before its time; what it still had is nobody's fault.
  package mutating func stop(now: Instant) {
    next = nil
    plannedSpan = min(
      plannedSpan, .nanoseconds(Int64(clamping: now.nanoseconds(since: measuredFrom))))
  }

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
