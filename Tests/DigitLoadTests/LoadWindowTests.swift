import DigitLoad
import DigitWire
import EventLoop
import Testing

private func at(_ milliseconds: Double) -> Instant {
  Instant(nanoseconds: 1_000_000_000 + UInt64(milliseconds * 1_000_000))
}

private let twoImages = LabelledImages(
  pixels: [UInt8](repeating: 0, count: 2 * ProtocolLimits.pixelsPerImage), labels: [3, 4],
  batch: 1)

private func window(_ change: (inout LoadPlan) -> Void) -> LoadWindow {
  var plan = LoadPlan(server: .unix(path: "/nowhere"))
  (plan.warmUp, plan.extent) = (.zero, .time(.seconds(1)))
  change(&plan)
  return LoadWindow(plan, twoImages, now: at(0))
}

private let result = PredictResult(
  modelVersion: 1, queueMicroseconds: 11, computeMicroseconds: 42, imageCount: 1, returns: .topOne,
  classCount: 10)

extension LoadWindow {
  fileprivate mutating func begin() { while advance(now: at(0)) != nil {} }

  fileprivate mutating func answer(_ entry: RequestLedger.Entry, at milliseconds: Double) {
    count(.answered(entry, result, correct: 1), now: at(milliseconds))
  }
}

/// What a load permits, schedules and counts, without a socket.
struct LoadWindowTests {
  @Test func `a closed loop permits so many requests, with each image in turn`() {
    var window = window { $0.extent = .requests(3) }
    window.begin()
    let entries = (0..<4).map { _ in window.next(now: at(1)) }
    #expect(entries.map { $0?.firstImage } == [0, 1, 0, nil])
    #expect(entries[0]?.intended == at(1) && entries[0]?.begun == at(1))
    #expect((window.tallies.measured.sent, window.tallies.inFlight) == (3, 3))
    #expect(window.advance(now: at(2)) == .sendingEnded)
    #expect(!window.isOver(mayStillSend: true, now: at(2)))
    for entry in entries.compactMap(\.self) { window.answer(entry, at: 3) }
    #expect(window.isOver(mayStillSend: true, now: at(3)))
    #expect(window.tallies.measured.latencies.maximumNanoseconds == 2_000_000)
  }

  @Test func `an open loop has one turn at a time, and connections take them in order`() {
    var window = window { $0.pacing = .openLoop(.steady(1_000)) }
    window.begin()
    var room = [true, false, true]
    let turn = { (window: inout LoadWindow, now: Double) in
      window.turn(now: at(now), connectionCount: 3) { room[$0] }
    }
    #expect(turn(&window, 0) == .send(on: 0))
    #expect(window.next(now: at(0))?.intended == at(0))
    #expect(window.next(now: at(0)) == nil)
    #expect(turn(&window, 0.5) == .wait(until: at(1)))
    #expect(turn(&window, 1) == .send(on: 2))
    #expect(window.next(now: at(1))?.intended == at(1))
    room = [false, false, false]
    #expect(turn(&window, 2) == .idle)
    room[1] = true
    #expect(turn(&window, 7) == .send(on: 1))
    let late = window.next(now: at(7))
    #expect((late?.intended, late?.begun) == (at(2), at(7)))
    #expect(window.tallies.measured.heldBack == 1)
    #expect(window.tallies.measured.lateness.maximumNanoseconds == 0)
  }

  @Test func `the load is stalled when answers are owed and none comes`() {
    var window = window { $0.stallTimeout = .milliseconds(100) }
    window.begin()
    #expect(!window.isStalled(now: at(500)))
    #expect(window.nextStallCheck(now: at(500)) == at(600))
    let first = window.next(now: at(500))!
    let second = window.next(now: at(550))!
    #expect(window.nextStallCheck(now: at(550)) == at(600))
    #expect(!window.isStalled(now: at(599)))
    #expect(window.isStalled(now: at(600)))
    window.answer(first, at: 590)
    #expect(!window.isStalled(now: at(689)))
    // What nobody waits for is no answer, and a time-out is none either.
    for outcome in [Conversation.Outcome.stray, .duplicate, .timedOut(second)] {
      window.count(outcome, now: at(680))
    }
    #expect(window.isStalled(now: at(690)))
    window.count(.lateAnswer, now: at(690))
    #expect(!window.isStalled(now: at(9_000)))
  }

  @Test func `a load that is stopped sends nothing more and owes nothing`() {
    for pacing in [LoadPlan.Pacing.closedLoop, .openLoop(.steady(1_000))] {
      var window = window { $0.pacing = pacing }
      window.begin()
      let entry = window.next(now: at(5))!
      window.stop(now: at(10))
      #expect(window.next(now: at(10)) == nil)
      #expect(window.turn(now: at(10), connectionCount: 1) { _ in true } == .idle)
      #expect(!window.isOver(mayStillSend: true, now: at(10)))
      window.answer(entry, at: 11)
      #expect(window.isOver(mayStillSend: true, now: at(11)))
    }
  }

  @Test func `the last interval is told where something happened in it`() {
    var window = window { $0.interval = .milliseconds(10) }
    window.begin()
    #expect(window.nextCut(now: at(3)) == at(10))
    let entry = window.next(now: at(3))!
    #expect(window.cut(now: at(10))?.counts.sent == 1)
    #expect(window.finish(now: at(15)) == nil)
    window.answer(entry, at: 16)
    #expect(window.finish(now: at(17))?.counts.answered == 1)
  }
}
