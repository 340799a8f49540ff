import DigitServer
import Testing

struct ImageSlabTests {
  @Test func `chains are disjoint and come back whole`() {
    let slab = ImageSlab(slotCount: 100)
    let first = slab.takeChain(30)!
    let second = slab.takeChain(70)!
    let slots = chain(slab, from: first, count: 30) + chain(slab, from: second, count: 70)
    #expect(Set(slots).count == 100)
    #expect(slab.takeChain(1) == nil)
    slab.freeChain(from: first, count: 30)
    #expect(slab.freeCount == 30)
    #expect(slab.takeChain(31) == nil)
    #expect(slab.takeChain(30) != nil)
  }

  @Test func `a freed slot is the next one taken`() {
    let slab = ImageSlab(slotCount: 10)
    let slot = slab.takeChain(1)!
    slab.freeChain(from: slot, count: 1)
    #expect(slab.takeChain(1) == slot)
  }

  @Test func `neighbouring slots do not overlap`() {
    let slab = ImageSlab(slotCount: 2)
    let first = slab.takeChain(2)!
    let second = slab.next(after: first)
    slab.pixels(second).initializeMemory(as: UInt8.self, repeating: 0xAA, count: 3_136)
    slab.pixels(first).initializeMemory(as: UInt8.self, repeating: 0x55, count: 3_136)
    for index in 0..<ImageSlab.classCountMax { slab.probabilities(first)[index] = -1 }
    #expect(slab.pixels(second).load(as: UInt8.self) == 0xAA)
    #expect(slab.pixels(first).load(fromByteOffset: 3_135, as: UInt8.self) == 0x55)
  }

  private func chain(_ slab: ImageSlab, from first: SlotIndex, count: Int) -> [SlotIndex] {
    var slots = [first]
    for _ in 1..<count { slots.append(slab.next(after: slots.last!)) }
    return slots
  }
}
