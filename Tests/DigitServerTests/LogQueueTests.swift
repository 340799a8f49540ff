import DigitServer
import Testing

struct LogQueueTests {
  private let line = String(repeating: "x", count: 999) + "\n"

  @Test func `the writer is woken once, until it has found nothing`() {
    var queue = LogQueue()
    #expect(queue.isIdle)
    #expect(queue.add("a\n") == .wakeWriter)
    #expect(queue.add("b\n") == .none)
    #expect(queue.take()?.lines == ["a\n", "b\n"])
    #expect(queue.add("c\n") == .none)
    #expect(!queue.isIdle)
    #expect(queue.take()?.lines == ["c\n"])
    #expect(!queue.isIdle, "the batch that was taken is still being written")
    #expect(queue.take() == nil)
    #expect(queue.isIdle)
    #expect(queue.add("d\n") == .wakeWriter)
  }

  @Test func `what does not fit is dropped and counted, once`() {
    var queue = LogQueue()
    let room = LogQueue.byteCountMax / line.utf8.count
    for _ in 0..<(room + 7) { _ = queue.add(line) }
    let batch = queue.take()
    #expect(batch?.lines.count == room)
    #expect(batch?.droppedCount == 7)
    #expect(queue.add(line) == .none)
    let next = queue.take()
    #expect(next?.lines == [line] && next?.droppedCount == 0)
    #expect(queue.take() == nil)
  }
}
