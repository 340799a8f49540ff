import DigitServer
import Slots
import Testing

struct HandshakeQueueTests {
  private func id(_ index: Int32) -> SlotID { SlotID(index: index, generation: 0) }

  @Test func `the oldest makes room for one too many`() {
    var queue = HandshakeQueue(countMax: 3)
    let cut = (0..<5).map { queue.began(id($0)) }
    #expect(cut == [nil, nil, nil, id(0), id(1)])
    #expect(queue.count == 3)
  }

  @Test func `one that has ended makes room of its own`() {
    var queue = HandshakeQueue(countMax: 2)
    _ = queue.began(id(0))
    _ = queue.began(id(1))
    queue.ended(id(0))
    let cut = [queue.began(id(2)), queue.began(id(3))]
    #expect(cut == [nil, id(1)])
  }

  @Test func `many that come and go leave nothing behind`() {
    var queue = HandshakeQueue(countMax: 4)
    var cutCount = 0
    for index in 0..<10_000 as Range<Int32> {
      if queue.began(id(index)) != nil { cutCount += 1 }
      queue.ended(id(index))
    }
    #expect(queue.count == 0 && cutCount == 0)
  }
}
