import DigitServer
import EventLoop
import Testing

struct StallWatchTests {
  private let start = Instant(nanoseconds: 1_000_000_000)

  private func after(_ milliseconds: Int64) -> Instant {
    start.advanced(by: .milliseconds(milliseconds))
  }

  @Test func `a worker that stays in one batch hangs, and is told once`() {
    var watch = StallWatch(workerCount: 2, patience: .seconds(1))
    #expect(watch.look([7, nil], now: after(0)) == [])
    #expect(watch.look([7, 1], now: after(999)) == [])
    #expect(watch.look([7, 1], now: after(1_000)) == [.stalls(worker: 0, batch: 7)])
    #expect(watch.look([7, 2], now: after(1_500)) == [])
    #expect(watch.stalledCount == 1)
  }

  @Test func `one batch after another is no hanging`() {
    var watch = StallWatch(workerCount: 1, patience: .seconds(1))
    for batch in 1...5 {
      #expect(watch.look([UInt64(batch)], now: after(Int64(batch) * 900)) == [])
    }
    #expect(watch.look([nil], now: after(9_000)) == [])
    #expect(watch.look([6], now: after(9_900)) == [])
  }

  @Test(arguments: [nil, 8] as [UInt64?])
  func `a worker that comes to the end goes on`(next: UInt64?) {
    var watch = StallWatch(workerCount: 1, patience: .seconds(1))
    _ = watch.look([7], now: after(0))
    #expect(watch.look([7], now: after(2_000)) == [.stalls(worker: 0, batch: 7)])
    #expect(watch.look([next], now: after(2_500)) == [.goesOn(worker: 0)])
    #expect(watch.stalledCount == 0)
  }
}

extension StallWatch {
  fileprivate mutating func look(_ batches: [UInt64?], now: Instant) -> [Event] {
    look(now: now) { batches[$0] }
  }
}
