import EventLoop
import Glibc
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct WakeupTests {
  @Test func `wakes from other threads are all seen, however many become one`() throws {
    let posted = Counter()
    var seen = 0
    var lookCount = 0
    try withLoop { loop in
      var threads: [WorkerThread] = []
      var wakeup: Wakeup?
      wakeup = try Wakeup(on: loop) {
        lookCount += 1
        seen = posted.value
        guard seen == 4_000 else { return }
        for thread in threads { thread.join() }
        wakeup?.close()
      }
      for _ in 0..<4 {
        threads.append(try posting(1_000, to: posted, waking: try #require(wakeup)))
      }
    }
    #expect(seen == 4_000)
    #expect((1...4_000).contains(lookCount))
  }

  @Test func `a wake after the loop has gone does nothing`() throws {
    var wokenCount = 0
    var kept: Wakeup?
    try withLoop { loop in
      kept = try Wakeup(on: loop) { wokenCount += 1 }
      kept?.close()
    }
    let wakeup = try #require(kept)
    // Descriptors that the loop has given back: nothing may be written to them any more.
    let strangers = try (0..<64).map { _ in try Stranger() }
    for _ in 0..<100 { wakeup.wake() }
    wakeup.close()
    #expect(wokenCount == 0)
    for stranger in strangers { #expect(stranger.isUntouched) }
  }

  @Test func `threads that wake while a loop ends find it whole or not at all`() throws {
    for _ in 0..<50 {
      let loop = try Loop()
      let isOver = Counter()
      var wokenCount = 0
      var wakeup: Wakeup?
      wakeup = try Wakeup(on: loop) {
        wokenCount += 1
        if wokenCount == 3 { wakeup?.close() }
      }
      let shared = try #require(wakeup)
      let threads = try (0..<2).map { _ in
        try WorkerThread { while isOver.value == 0 { shared.wake() } }
      }
      loop.run()
      loop.close()
      isOver.add()
      for thread in threads { thread.join() }
      #expect(wokenCount == 3)
    }
  }
}

/// A pipe that shows whether anyone has written to it.
private final class Stranger {
  private var ends: [CInt] = [-1, -1]

  init() throws { try #require(pipe(&ends) == 0) }

  deinit { for end in ends { close(end) } }

  var isUntouched: Bool {
    var byteCount: CInt = -1
    return ioctl(ends[0], UInt(FIONREAD), &byteCount) == 0 && byteCount == 0
  }
}

/// A thread that counts and wakes after each.
private func posting(
  _ count: Int, to counter: Counter, waking wakeup: Wakeup
) throws -> WorkerThread {
  try WorkerThread {
    for _ in 0..<count {
      counter.add()
      wakeup.wake()
    }
  }
}
