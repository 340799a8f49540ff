import Slots
import Testing

struct SlotMapTests {
  @Test func `an id finds its value until it is removed, and never another`() {
    var map = SlotMap<String>()
    let first = map.insert { _ in "first" }
    #expect(map[first] == "first")
    #expect(map.remove(first) == "first")
    let second = map.insert { _ in "second" }
    #expect(second.index == first.index)
    #expect(map[first] == nil)
    #expect(map.hasHeld(first))
    #expect(!map.hasHeld(second))
    #expect(map[second] == "second")
  }

  @Test func `an id that no slot ever had finds nothing`() {
    var map = SlotMap<Int>(capacity: 2)
    let id = map.insert { _ in 1 }
    for strange in [
      SlotID(index: 7, generation: 0), SlotID(index: -1, generation: 0),
      SlotID(index: id.index, generation: 9), SlotID(index: 1, generation: 0),
    ] {
      #expect(map[strange] == nil)
      #expect(!map.hasHeld(strange))
    }
  }

  @Test(arguments: [SlotID(index: 0, generation: 0), SlotID(index: 41, generation: .max)])
  func `an id as a number is not 0 and comes back`(id: SlotID) {
    #expect(id.rawValue != 0)
    #expect(SlotID(rawValue: id.rawValue) == id)
  }

  @Test(arguments: [0, 1 << 32, 0xFFFF_FFFF] as [UInt64])
  func `a number that is no id is none`(rawValue: UInt64) {
    #expect(SlotID(rawValue: rawValue) == nil)
  }

  @Test func `a map with a capacity counts what is free, and grows beyond`() {
    var map = SlotMap<Int>(capacity: 2)
    #expect(map.freeCount == 2)
    for value in 0..<3 { map.insert { _ in value } }
    #expect((map.count, map.freeCount, map.slotCount) == (3, 0, 3))
    map.checkInvariants()
  }

  @Test func `random use keeps what was kept`() {
    var map = SlotMap<Int>()
    var kept: [SlotID: Int] = [:]
    var state: UInt64 = 5
    for step in 0..<5_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      if state >> 40 & 1 == 0 || kept.isEmpty {
        kept[map.insert { _ in step }] = step
      } else {
        let id = kept.keys.randomElement()!
        #expect(map.remove(id) == kept.removeValue(forKey: id))
      }
      #expect(map.count == kept.count)
    }
    for (id, value) in kept { #expect(map[id] == value) }
    let walked = (0..<map.slotCount).compactMap { map.entry(slot: $0)?.id }
    #expect(Set(walked) == Set(kept.keys))
    map.checkInvariants()
  }
}
