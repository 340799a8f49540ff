import DigitServer
import Slots
import Testing

struct HandshakeQueueTests {
  private func id(_ index: Int32) -> SlotID { SlotID(index: index, generation: 0) }

  @Test func `the oldest makes room for one too many`() {
    var queue = HandshakeQueue(countMax: 3)
    for index in 0..<3 as Range<Int32> { #expect(queue.began(id(index)) == nil) }
    #expect(queue.began(id(3)) == id(0))
    #expect(queue.began(id(4)) == id(1))
    #expect(queue.count == 3)
  }

  @Test func `one that has ended makes room of its own`() {
    var queue = HandshakeQueue(countMax: 2)
    _ = queue.began(id(0))
    _ = queue.began(id(1))
    queue.ended(id(0))
    #expect(queue.began(id(2)) == nil)
    #expect(queue.began(id(3)) == id(1))
  }

  @Test func `many that come and go leave nothing behind`() {
    var queue = HandshakeQueue(countMax: 4)
    for index in 0..<10_000 as Range<Int32> {
      #expect(queue.began(id(index)) == nil)
      queue.ended(id(index))
    }
    #expect(queue.count == 0)
  }
}
