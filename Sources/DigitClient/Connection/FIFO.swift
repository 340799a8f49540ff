/// A queue in one array: taken from the front by moving a mark, tidied now and then.
///
///     | taken      | waiting        |
///                  ^ head
struct FIFO<Element> {
  private var elements: [Element] = []
  private var head = 0

  var count: Int { elements.count - head }
  var waiting: ArraySlice<Element> { elements[head...] }

  mutating func append(_ element: Element) { elements.append(element) }

  mutating func popFirst() -> Element? {
    guard head < elements.count else { return nil }
    defer {
      head += 1
      // Half of the array is behind: so each element moves at most once on average.
      if head * 2 >= elements.count { dropTaken() }
    }
    return elements[head]
  }

  /// Takes the first element that is wanted; the others keep their order.
  mutating func popFirst(where isWanted: (Element) -> Bool) -> Element? {
    guard let index = elements[head...].firstIndex(where: isWanted) else { return nil }
    return index == head ? popFirst() : elements.remove(at: index)
  }

  mutating func removeAll(where isUnwanted: (Element) -> Bool) {
    dropTaken()
    elements.removeAll(where: isUnwanted)
  }

  private mutating func dropTaken() {
    elements.removeFirst(head)
    head = 0
  }
}
