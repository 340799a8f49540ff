import DigitWire
import EventLoop
import Measure

/// What became of the requests of one part of a load.
package struct LoadTally: Sendable {
  package fileprivate(set) var sent = 0
  package fileprivate(set) var answered = 0
  package fileprivate(set) var refusals: [ErrorCode: Int] = [:]
  package fileprivate(set) var lost = 0
  /// Images of the answered requests.
  package fileprivate(set) var images = 0
  /// Those of them that got the label they have.
  package fileprivate(set) var correct = 0
  /// From handing a request to the system to reading its RESULT.
  package fileprivate(set) var latencies = LatencyHistogram()
  /// What RESULT says of the time in the server's queue and in inference.
  package fileprivate(set) var queueTimes = LatencyHistogram()
  package fileprivate(set) var computeTimes = LatencyHistogram()

  package var refused: Int { refusals.values.reduce(0, +) }
  package var wrong: Int { images - correct }
  package var accuracy: Double? { images == 0 ? nil : Double(correct) / Double(images) }

  package mutating func began(_ count: Int) { sent += count }

  package mutating func answer(_ result: PredictResult, latency: UInt64, correct: Int) {
    answered += 1
    images += result.imageCount
    self.correct += correct
    latencies.record(nanoseconds: latency)
    queueTimes.record(microseconds: UInt64(result.queueMicroseconds))
    computeTimes.record(microseconds: UInt64(result.computeMicroseconds))
  }

  package mutating func refuse(_ code: ErrorCode) { refusals[code, default: 0] += 1 }
  package mutating func lose() { lost += 1 }
}

/// Both parts of a load: every request is in one of them, and ends once.
package struct LoadTallies: Sendable {
  package private(set) var warmUp = LoadTally()
  package private(set) var measured = LoadTally()
  package private(set) var inFlight = 0
  /// Answers to requests that were not in flight.
  package var strays = 0
  /// When the last measured answer came.
  package private(set) var lastAnswer: Instant?

  package init() {}

  package mutating func began(_ count: Int, part: LoadStages.Part) {
    inFlight += count
    change(part) { $0.began(count) }
  }

  package mutating func answer(
    _ entry: RequestLedger.Entry, _ result: PredictResult, correct: Int, now: Instant
  ) {
    inFlight -= 1
    let begun = entry.begun.nanoseconds
    let latency = now.nanoseconds > begun ? now.nanoseconds - begun : 0
    if entry.part == .measured { lastAnswer = now }
    change(entry.part) { $0.answer(result, latency: latency, correct: correct) }
  }

  package mutating func refuse(_ entry: RequestLedger.Entry, _ code: ErrorCode) {
    inFlight -= 1
    change(entry.part) { $0.refuse(code) }
  }

  package mutating func lose(_ entries: [RequestLedger.Entry]) {
    inFlight -= entries.count
    for entry in entries { change(entry.part) { $0.lose() } }
  }

  @inline(__always)
  private mutating func change(_ part: LoadStages.Part, _ body: (inout LoadTally) -> Void) {
    switch part {
    case .warmUp: body(&warmUp)
    case .measured: body(&measured)
    }
  }
}
