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
    #expect(stages.permit(8) == LoadStages.Permit(count: 8, part: .warmUp))
    #expect(stages.advance(now: at(100)) == .measuringBegan)
    #expect(stages.advance(now: at(100)) == nil)
    #expect(stages.permit(8) == LoadStages.Permit(count: 8, part: .measured))
  }

  @Test func `measuring takes its time from when it began`() {
    var stages = stages(.time(.milliseconds(1_000)))
    // Nobody looked when the warm-up was over.
    #expect(stages.advance(now: at(300)) == .measuringBegan)
    #expect(stages.advance(now: at(1_299)) == nil)
    #expect(stages.permit(1).count == 1)
    #expect(stages.advance(now: at(1_300)) == .sendingEnded)
    #expect(stages.permit(1).count == 0)
  }

  @Test func `without a warm-up the first request counts`() {
    var stages = stages(warmUp: .zero, .requests(3))
    #expect(stages.advance(now: at(0)) == .measuringBegan)
    #expect(stages.permit(8) == LoadStages.Permit(count: 3, part: .measured))
  }

  @Test func `a number of requests is sent and not one more`() {
    var stages = stages(warmUp: .zero, .requests(10))
    _ = stages.advance(now: at(0))
    #expect([4, 4, 4, 4].map { stages.permit($0).count } == [4, 4, 2, 0])
    #expect(stages.nextChange == nil)
    #expect(stages.advance(now: at(1)) == .sendingEnded)
    #expect(stages.nextChange == at(51))
  }

  @Test func `a load is over when every answer has come`() {
    var stages = stages(warmUp: .zero, .requests(1))
    _ = stages.advance(now: at(0))
    _ = stages.permit(1)
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

  @Test func `a load whose connections have all ended is over at once`() {
    let stages = stages(.time(.seconds(60)))
    #expect(stages.isOver(inFlight: 0, mayStillSend: false, now: at(1)))
    #expect(!stages.isOver(inFlight: 1, mayStillSend: false, now: at(1)))
    #expect(!stages.isOver(inFlight: 0, mayStillSend: true, now: at(1)))
  }
}
