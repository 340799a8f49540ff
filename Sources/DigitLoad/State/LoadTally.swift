import DigitWire
import EventLoop
import Measure

/// What became of the requests of one part of a load: each is sent once and ends once, so that
/// sent = answered + refused + timed out + lost.
package struct LoadTally: Sendable {
  package fileprivate(set) var sent = 0
  package fileprivate(set) var answered = 0
  package fileprivate(set) var refusals: [ErrorCode: Int] = [:]
  package fileprivate(set) var timedOut = 0
  package fileprivate(set) var lost = 0
  /// Images of the answered requests.
  package fileprivate(set) var images = 0
  /// Those of them that got the label they have.
  package fileprivate(set) var correct = 0
  /// From when a request was meant to be sent to reading its RESULT.
  package fileprivate(set) var latencies = LatencyHistogram()
  /// From handing it to the system: what a tool tells that forgets how long requests had to wait
  /// for their turn (Tene's "coordinated omission").
  package fileprivate(set) var serviceTimes = LatencyHistogram()
  /// What RESULT says of the time in the server's queue and in inference.
  package fileprivate(set) var queueTimes = LatencyHistogram()
  package fileprivate(set) var computeTimes = LatencyHistogram()
  /// How late an open loop sent what it could have sent in time.
  package fileprivate(set) var lateness = LatencyHistogram()
  /// Requests of an open loop that had to wait for a place on a connection.
  package fileprivate(set) var heldBack = 0

  package var refused: Int { refusals.values.reduce(0, +) }
  package var wrong: Int { images - correct }
  package var accuracy: Double? { images == 0 ? nil : Double(correct) / Double(images) }

  mutating func answer(
    _ entry: RequestLedger.Entry, _ result: PredictResult, correct: Int, now: Instant
  ) {
    answered += 1
    images += result.imageCount
    self.correct += correct
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
    images += other.images
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
  package private(set) var inFlight = 0
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

  package mutating func began(_ count: Int, part: LoadStages.Part) {
    inFlight += count
    change(part) { $0.sent += count }
  }

  /// One request of an open loop.
  package mutating func began(_ due: Agenda.Due) {
    inFlight += 1
    change(due.part) {
      $0.sent += 1
      $0.heldBack += due.wasHeldBack ? 1 : 0
      $0.lateness.record(nanoseconds: due.lateness)
    }
  }

  package mutating func answer(
    _ entry: RequestLedger.Entry, _ result: PredictResult, correct: Int, now: Instant
  ) {
    inFlight -= 1
    if entry.part == .measured {
      lastAnswer = now
      recentLatencies.record(nanoseconds: now.nanoseconds(since: entry.intended))
    }
    change(entry.part) { $0.answer(entry, result, correct: correct, now: now) }
  }

  package mutating func refuse(_ entry: RequestLedger.Entry, _ code: ErrorCode) {
    inFlight -= 1
    change(entry.part) { $0.refusals[code, default: 0] += 1 }
  }

  package mutating func timeOut(_ entry: RequestLedger.Entry) {
    inFlight -= 1
    change(entry.part) { $0.timedOut += 1 }
  }

  package mutating func lose(_ entries: [RequestLedger.Entry]) {
    inFlight -= entries.count
    for entry in entries { change(entry.part) { $0.lost += 1 } }
  }

  /// Adds what another thread's share came to.
  mutating func merge(_ other: LoadTallies) {
    warmUp.merge(other.warmUp)
    measured.merge(other.measured)
    inFlight += other.inFlight
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

extension Instant {
  /// 0 where `earlier` is not earlier.
  package func nanoseconds(since earlier: Instant) -> UInt64 {
    self > earlier ? nanoseconds - earlier.nanoseconds : 0
  }
}
