import DigitLoad
import DigitWire
import EventLoop
import Measure
import ProtocolFixtures
import ScriptedServers
import Synchronization
import Testing

/// A server that answers one request after the other, 0.1 ms each, and stands still for the
/// first 100 ms of every second; milliseconds throughout.
private struct StallingServer {
  static let service = 0.1
  private var freeAt = 0.0

  /// When a request that reaches it at `arrival` is answered.
  mutating func answer(_ arrival: Double) -> Double {
    var begin = max(arrival, freeAt)
    let phase = begin.truncatingRemainder(dividingBy: 1_000)
    if phase < 100 { begin += 100 - phase }
    freeAt = begin + Self.service
    return freeAt
  }
}

private func at(_ milliseconds: Double) -> Instant {
  Instant(nanoseconds: UInt64((milliseconds * 1_000_000).rounded()))
}

/// Ten seconds of 1,000 requests a second, as an open loop sends them with one in flight.
private func tallyOfOneInFlight() -> LoadTallies {
  var plan = LoadPlan(server: .unix(path: "/nowhere"))
  (plan.warmUp, plan.extent) = (.zero, .time(.seconds(10)))
  var agenda = Agenda(.steady(1_000), plan: plan, start: at(0))
  var conversation = Conversation(pipeline: 1, batch: 1)
  var tallies = LoadTallies()
  var server = StallingServer()
  let images = LabelledImages(
    pixels: [UInt8](repeating: 0, count: ProtocolLimits.pixelsPerImage), labels: [3], batch: 1)
  var freeAt = 0.0
  while let next = agenda.next {
    let due = Double(next.nanoseconds) / 1_000_000
    if due < freeAt { agenda.holdBack(now: at(due)) }
    let sent = max(due, freeAt)
    guard let request = agenda.take(now: at(sent)) else { break }
    tallies.began(request)
    let id = conversation.begin(
      .init(intended: request.intended, begun: at(sent), firstImage: 0, part: request.part))
    freeAt = server.answer(sent)
    let result = PredictResult(
      modelVersion: 1, queueMicroseconds: 0, computeMicroseconds: 0, imageCount: 1,
      returns: .topOne, classCount: 10)
    let reading = result.payload([TopOne(label: 3, probability: 1)]).withUnsafeBytes {
      conversation.messageArrived(
        result.header(requestID: id), $0, now: at(freeAt), images: images)
    }
    if let outcome = reading.outcome { tallies.count(outcome, now: at(freeAt)) }
  }
  return tallies
}

private func milliseconds(_ histogram: LatencyHistogram, _ part: Double) -> Double {
  Double(histogram.percentileNanoseconds(part)) / 1_000_000
}

struct CoordinatedOmissionTests {
  @Test func `latency from the intended start agrees with the arithmetic within 2 %`() {
    let measured = tallyOfOneInFlight().measured
    #expect(measured.answered == 10_000)
    // The stall's request j is due at j ms and answered at 100 + 0.1 (j + 1) ms. Of 1,000 a
    // second, 10 lie above p99 and 1 above p99.9: latencies 100.1 − 0.9 j with j = 10 and 1.
    #expect(abs(milliseconds(measured.latencies, 0.99) / 91.1 - 1) < 0.02)
    #expect(abs(milliseconds(measured.latencies, 0.999) / 99.2 - 1) < 0.02)
    #expect(abs(milliseconds(measured.latencies, 1) / 100.1 - 1) < 0.02)
    #expect(measured.heldBack > 1_000)
    #expect(measured.lateness.maximumNanoseconds == 0)
  }

  @Test func `the service time alone would have hidden the stalls`() {
    let measured = tallyOfOneInFlight().measured
    #expect(milliseconds(measured.serviceTimes, 0.99) < 0.102)
    #expect(milliseconds(measured.serviceTimes, 0.999) < 0.102)
    #expect(milliseconds(measured.serviceTimes, 1) > 99)
  }
}
