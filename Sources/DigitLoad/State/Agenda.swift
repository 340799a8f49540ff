import EventLoop
import Measure

/// What an open loop has to send and when; the time is an argument.
///
/// A request that is due while no connection has room for it is held back: the server is behind,
/// and the wait belongs to the request's latency, until it is sent. One that is sent late although
/// there was room is the client's own fault, and too many of those make a run invalid.
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
  /// What was due before this is held back until it is sent.
  private var heldBackUntil: Instant
  private var absences = Absences()
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
    share = plan.share
    skip(share.index)
    findNext()
  }

  /// How long the measured part takes: until the plan's last request is due, or its time is over.
  package static func span(of arrivals: Arrivals, _ plan: LoadPlan) -> Duration {
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
    let wasHeldBack = intended < heldBackUntil
    let lateness = wasHeldBack ? absences.lateness(of: intended) : now.nanoseconds(since: intended)
    findNext()
    return Due(
      intended: intended, part: intended < measuredFrom ? .warmUp : .measured,
      lateness: lateness, wasHeldBack: wasHeldBack)
  }

  /// No connection has room for a request that is due.
  ///
  /// Where the client only comes now, there was room until now: what has become due since the last
  /// that was held back is late by its fault so far.
  package mutating func holdBack(now: Instant) {
    guard !isHoldingBack, let next else { return }
    isHoldingBack = true
    absences.add(from: max(heldBackUntil, next), until: now)
    heldBackUntil = now
  }

  /// Ends the schedule before its time; what it still had is nobody's fault.
  package mutating func stop(now: Instant) {
    next = nil
    plannedSpan = min(
      plannedSpan, .nanoseconds(Int64(clamping: now.nanoseconds(since: measuredFrom))))
  }

  /// Gives up what was never sent.
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

/// When the client was elsewhere while requests became due that found no room when it came back.
///
///     due   ╷  ╷  ╷  ╷  ╷  ╷
///     ──────┤absence├──held back──► sent
private struct Absences {
  private var all: [(from: Instant, until: Instant)] = []

  /// Of more than so many the shortest is forgotten: what they forgive is no more than it.
  private static let countMax = 32

  mutating func add(from: Instant, until: Instant) {
    guard from < until else { return }
    if all.count == Self.countMax {
      let shortest = all.indices.min { length(all[$0]) < length(all[$1]) }!
      guard length(all[shortest]) < until.nanoseconds(since: from) else { return }
      all.remove(at: shortest)
    }
    all.append((from, until))
  }

  private func length(_ absence: (from: Instant, until: Instant)) -> UInt64 {
    absence.until.nanoseconds(since: absence.from)
  }

  /// How late the client was for a request: nanoseconds. Requests are asked for in their order.
  mutating func lateness(of intended: Instant) -> UInt64 {
    while let first = all.first, first.until <= intended { all.removeFirst() }
    guard let first = all.first, first.from <= intended else { return 0 }
    return first.until.nanoseconds(since: intended)
  }
}
