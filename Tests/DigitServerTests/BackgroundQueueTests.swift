import DigitServer
import EventLoop
import Testing

@Suite(.timeLimit(.minutes(1))) struct BackgroundQueueTests {
  @Test func `work is done by another thread, in the order in which it came`() throws {
    let queue = try BackgroundQueue(threadCount: 1, capacity: 10)
    let done = try Semaphore()
    let order = Guarded<[Int]>([])
    for number in 0..<10 {
      #expect(
        queue.add {
          order.withLock { $0.append(number) }
          done.signal()
        })
    }
    for _ in 0..<10 { done.wait() }
    #expect(order.withLock { $0 } == Array(0..<10))
    queue.stop()
  }

  @Test func `more than may wait is not taken, and a stop drops what waits`() throws {
    let queue = try BackgroundQueue(threadCount: 1, capacity: 2)
    let begun = try Semaphore()
    let goOn = try Semaphore()
    let count = Guarded(0)
    _ = queue.add {
      begun.signal()
      goOn.wait()
      count.withLock { $0 += 1 }
    }
    begun.wait()
    #expect(queue.add { count.withLock { $0 += 1 } })
    #expect(queue.add { count.withLock { $0 += 1 } })
    #expect(!queue.add { count.withLock { $0 += 1 } })
    let stopping = try WorkerThread { queue.stop() }
    while queue.waitingCount > 0 {}
    goOn.signal()
    stopping.join()
    #expect(count.withLock { $0 } == 1)
    #expect(!queue.add {})
  }
}
