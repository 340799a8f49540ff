import DigitWire
import EventLoop
import Measure

/// What became of the requests of one part of a load: each is sent once and ends once, so that
/// sent = answered + refused + timed out + lost + abandoned.
package struct LoadTally: Sendable {
  package fileprivate(set) var sent = 0
  package fileprivate(set) var answered = 0
  package fileprivate(set) var refusals: [ErrorCode: Int] = [:]
  package fileprivate(set) var timedOut = 0
  /// Requests whose connection ended before their answer came.
  package fileprivate(set) var lost = 0
  /// Requests that the client gave up on, the connection being whole.
  package fileprivate(set) var abandoned = 0
  /// Images of the answered requests.
  package fileprivate(set) var images = 0
  /// Those of them whose label is known.
  package fileprivate(set) var judged = 0
  /// Those of them that got the label they have.
  package fileprivate(set) var correct = 0
  /// From when a request was meant to be sent to reading its RESULT.
  package fileprivate(set) var latencies = LatencyHistogram()
  /// From handing it to the system: what a tool reports that leaves out how long requests had to
  /// wait for their turn (Tene's "coordinated omission").
  package fileprivate(set) var serviceTimes = LatencyHistogram()
  /// What RESULT says of the time in the server's queue and in inference.
  package fileprivate(set) var queueTimes = LatencyHistogram()
  package fileprivate(set) var computeTimes = LatencyHistogram()
  /// How late an open loop sent what it could have sent in time.
  package fileprivate(set) var lateness = LatencyHistogram()
  /// Requests of an open loop that had to wait until a connection's pipeline had room.
  package fileprivate(set) var heldBack = 0

  package var refused: Int { refusals.values.reduce(0, +) }
  /// Requests that ended without a RESULT in time.
  package var unanswered: Int { refused + timedOut + lost + abandoned }
  package var wrong: Int { judged - correct }
  package var accuracy: Double? { judged == 0 ? nil : Double(correct) / Double(judged) }

  mutating func answer(
    _ entry: RequestLedger.Entry, _ result: PredictResult, correct: Int?, now: Instant
  ) {
    answered += 1
    images += result.imageCount
    if let correct {
      judged += result.imageCount
      self.correct += correct
    }
    latencies.record(nanoseconds: now.nanoseconds(since: entry.intended))
    serviceTimes.record(nanoseconds: now.nanoseconds(since: entry.begun))
    queueTimes.record(microseconds: UInt64(result.queueMicroseconds))
    computeTimes.record(microseconds: UInt64(result.computeMicroseconds))
  }

  mutating func merge(_ other: LoadTally) {
    sent += other.sent
    answered += other.answered
    refusals.merge(other.refusals, uniquingKeysWith: +)
    timedOut += other.timedOut
    lost += other.lost
    abandoned += other.abandoned
    images += other.images
    judged += other.judged
    correct += other.correct
    latencies.merge(other.latencies)
    serviceTimes.merge(other.serviceTimes)
    queueTimes.merge(other.queueTimes)
    computeTimes.merge(other.computeTimes)
    lateness.merge(other.lateness)
    heldBack += other.heldBack
  }
}

/// Both parts of a load: every request is in one of them, and ends once.
package struct LoadTallies: Sendable {
  package private(set) var warmUp = LoadTally()
  package private(set) var measured = LoadTally()
  /// Requests whose end is not known.
  package private(set) var inFlight = 0
  /// Answers that the server owes, those to requests that have timed out among them.
  package private(set) var owedCount = 0
  /// Latencies of measured answers since they were last cleared.
  package var recentLatencies = LatencyHistogram()
  /// Answers to requests that had been given up at their deadline.
  package var lateAnswers = 0
  /// Second answers to requests that had had one.
  package var duplicates = 0
  /// Answers to requests that were never sent.
  package var strays = 0
  /// When the last measured answer came.
  package private(set) var lastAnswer: Instant?

  package init() {}

  /// A request of a closed loop is sent.
  package mutating func began(_ part: LoadStages.Part) {
    inFlight += 1
    owedCount += 1
    change(part) { $0.sent += 1 }
  }

  /// A request of an open loop is sent.
  package mutating func began(_ due: Agenda.Due) {
    began(due.part)
    change(due.part) {
      $0.heldBack += due.wasHeldBack ? 1 : 0
      $0.lateness.record(nanoseconds: due.lateness)
    }
  }

  package mutating func count(_ outcome: Conversation.Outcome, now: Instant) {
    switch outcome {
    case .answered(let entry, let result, let correct):
      answer(entry, result, correct: correct, now: now)
    case .refused(let entry, let code):
      settle(entry) { $0.refusals[code, default: 0] += 1 }
      owedCount -= 1
    case .timedOut(let entry): settle(entry) { $0.timedOut += 1 }
    case .answeredLate(let entry):
      settle(entry) { $0.timedOut += 1 }
      owedCount -= 1
    case .lateAnswer:
      lateAnswers += 1
      owedCount -= 1
    case .duplicate: duplicates += 1
    case .stray: strays += 1
    }
  }

  private mutating func answer(
    _ entry: RequestLedger.Entry, _ result: PredictResult, correct: Int?, now: Instant
  ) {
    owedCount -= 1
    if entry.part == .measured {
      lastAnswer = now
      recentLatencies.record(nanoseconds: now.nanoseconds(since: entry.intended))
    }
    settle(entry) { $0.answer(entry, result, correct: correct, now: now) }
  }

  /// A connection ended, and with it what was in flight.
  package mutating func lose(_ remains: Conversation.Remains) {
    for entry in remains.requests { settle(entry) { $0.lost += 1 } }
    owedCount -= remains.owedCount
  }

  /// What was in flight on a connection that ended, or was refused, is to be sent again: it has not
  /// ended yet.
  mutating func postpone(owedCount: Int) { self.owedCount -= owedCount }

  /// It is sent again.
  mutating func retry() { owedCount += 1 }

  /// The client waits no longer for what was in flight on a connection.
  package mutating func abandon(_ remains: Conversation.Remains) {
    for entry in remains.requests { settle(entry) { $0.abandoned += 1 } }
    owedCount -= remains.owedCount
  }

  /// The end of a request is known.
  @inline(__always)
  private mutating func settle(
    _ entry: RequestLedger.Entry, _ body: (inout LoadTally) -> Void
  ) {
    inFlight -= 1
    change(entry.part, body)
  }

  /// Adds what another thread's share came to.
  mutating func merge(_ other: LoadTallies) {
    warmUp.merge(other.warmUp)
    measured.merge(other.measured)
    inFlight += other.inFlight
    owedCount += other.owedCount
    recentLatencies.merge(other.recentLatencies)
    lateAnswers += other.lateAnswers
    duplicates += other.duplicates
    strays += other.strays
    lastAnswer = [lastAnswer, other.lastAnswer].compactMap(\.self).max()
  }

  @inline(__always)
  private mutating func change(_ part: LoadStages.Part, _ body: (inout LoadTally) -> Void) {
    switch part {
    case .warmUp: body(&warmUp)
    case .measured: body(&measured)
    }
  }
}
