import DigitLoad
import EventLoop
import Testing

private func at(_ milliseconds: UInt64) -> Instant {
  Instant(nanoseconds: 1_000_000_000 + milliseconds * 1_000_000)
}

private func stages(
  warmUp: Duration = .milliseconds(100), _ extent: LoadPlan.Extent,
  answerTimeout: Duration = .milliseconds(50)
) -> LoadStages {
  var plan = LoadPlan(server: .unix(path: "/nowhere"))
  plan.warmUp = warmUp
  plan.extent = extent
  plan.answerTimeout = answerTimeout
  return LoadStages(plan, now: at(0))
}

struct LoadStagesTests {
  @Test func `what is sent in the warm-up does not count`() {
    var stages = stages(.time(.milliseconds(1_000)))
    #expect(stages.advance(now: at(99)) == nil)
    #expect(stages.permit() == .warmUp)
    #expect(stages.advance(now: at(100)) == .measuringBegan)
    #expect(stages.advance(now: at(100)) == nil)
    #expect(stages.permit() == .measured)
  }

  @Test func `measuring takes its time from when it began`() {
    var stages = stages(.time(.milliseconds(1_000)))
    // Nobody looked when the warm-up was over.
    #expect(stages.advance(now: at(300)) == .measuringBegan)
    #expect(stages.advance(now: at(1_299)) == nil)
    #expect(stages.permit() == .measured)
    #expect(stages.advance(now: at(1_300)) == .sendingEnded)
    #expect(stages.permit() == nil)
  }

  @Test func `without a warm-up the first request counts`() {
    var stages = stages(warmUp: .zero, .requests(3))
    #expect(stages.advance(now: at(0)) == .measuringBegan)
    #expect((0..<4).map { _ in stages.permit() } == [.measured, .measured, .measured, nil])
  }

  @Test func `a number of requests is sent and not one more`() {
    var stages = stages(warmUp: .zero, .requests(10))
    _ = stages.advance(now: at(0))
    #expect((0..<20).count { _ in stages.permit() != nil } == 10)
    #expect(stages.nextChange == nil)
    #expect(stages.advance(now: at(1)) == .sendingEnded)
    #expect(stages.nextChange == at(51))
  }

  @Test func `a load is over when every answer has come`() {
    var stages = stages(warmUp: .zero, .requests(1))
    _ = stages.advance(now: at(0))
    _ = stages.permit()
    #expect(!stages.isOver(inFlight: 1, mayStillSend: true, now: at(1)))
    #expect(stages.advance(now: at(1)) == .sendingEnded)
    #expect(!stages.isOver(inFlight: 1, mayStillSend: true, now: at(50)))
    #expect(stages.isOver(inFlight: 0, mayStillSend: true, now: at(50)))
  }

  @Test func `answers that never come are not waited for`() {
    var stages = stages(warmUp: .zero, .requests(0))
    while stages.advance(now: at(0)) != nil {}
    #expect(!stages.isOver(inFlight: 1, mayStillSend: true, now: at(49)))
    #expect(stages.isOver(inFlight: 1, mayStillSend: true, now: at(50)))
  }

  @Test func `a load that is stopped waits for its last answers a second at most`() {
    var stages = stages(warmUp: .zero, .time(.seconds(60)), answerTimeout: .seconds(10))
    _ = stages.advance(now: at(0))
    stages.stop(now: at(100))
    #expect(stages.permit() == nil)
    #expect(!stages.isOver(inFlight: 1, mayStillSend: true, now: at(1_099)))
    #expect(stages.isOver(inFlight: 1, mayStillSend: true, now: at(1_100)))
    // A second call gains no time.
    stages.stop(now: at(1_000))
    #expect(stages.isOver(inFlight: 1, mayStillSend: true, now: at(1_100)))
  }

  @Test func `a load whose connections have all ended is over at once`() {
    let stages = stages(.time(.seconds(60)))
    #expect(stages.isOver(inFlight: 0, mayStillSend: false, now: at(1)))
    #expect(!stages.isOver(inFlight: 1, mayStillSend: false, now: at(1)))
    #expect(!stages.isOver(inFlight: 0, mayStillSend: true, now: at(1)))
  }
}
