import Slots
import Testing

struct IndexLinksTests {
  private func order(_ list: IndexList, _ links: IndexLinks) -> [Int32] {
    var order: [Int32] = []
    var index = list.first
    while index != IndexLinks.none {
      order.append(index)
      index = links.next(after: index)
    }
    return order
  }

  @Test func `a list keeps the order in which indices came`() {
    let links = IndexLinks(capacity: 8)
    var list = IndexList()
    for index: Int32 in [3, 0, 7] { links.append(index, to: &list) }
    #expect(order(list, links) == [3, 0, 7])
    links.checkInvariants([list])
  }

  @Test(arguments: 0..<4 as Range<Int32>)
  func `whoever leaves, the others keep their order`(leaving: Int32) {
    let links = IndexLinks(capacity: 4)
    var list = IndexList()
    for index: Int32 in 0..<4 { links.append(index, to: &list) }
    links.remove(leaving, from: &list)
    #expect(order(list, links) == (0..<4).filter { $0 != leaving })
    #expect(!links.isLinked(leaving))
    links.checkInvariants([list])
    links.append(leaving, to: &list)
    #expect(order(list, links).last == leaving)
  }

  @Test(arguments: 1...5)
  func `the front is cut off and put back`(count: Int) {
    let links = IndexLinks(capacity: 5)
    var list = IndexList()
    for index: Int32 in 0..<5 { links.append(index, to: &list) }
    let front = links.takeFirst(count, of: &list)
    #expect(order(front, links) == (0..<Int32(count)).map { $0 })
    #expect(order(list, links) == (Int32(count)..<5).map { $0 })
    links.checkInvariants([front, list])
    links.prepend(front, to: &list)
    #expect(order(list, links) == [0, 1, 2, 3, 4])
    links.checkInvariants([list])
  }

  @Test func `random use of three lists over the same indices`() {
    let links = IndexLinks(capacity: 64)
    var lists = [IndexList(), IndexList(), IndexList()]
    var expected: [[Int32]] = [[], [], []]
    var state: UInt64 = 11
    for _ in 0..<20_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let index = Int32(state >> 33 & 63)
      let chosen = Int(state >> 40 % 3)
      if let holder = expected.firstIndex(where: { $0.contains(index) }) {
        links.remove(index, from: &lists[holder])
        expected[holder].removeAll { $0 == index }
      } else {
        links.append(index, to: &lists[chosen])
        expected[chosen].append(index)
      }
    }
    for (list, indices) in zip(lists, expected) { #expect(order(list, links) == indices) }
    links.checkInvariants(lists)
  }
}
