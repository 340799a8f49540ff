/// A doubly linked list of indices, whose links are kept in an `IndexLinks`.
package struct IndexList: Equatable, Sendable {
  @usableFromInline package internal(set) var first = IndexLinks.none
  @usableFromInline package internal(set) var last = IndexLinks.none
  @usableFromInline package internal(set) var count = 0

  @inlinable package init() {}

  @inlinable package var isEmpty: Bool { count == 0 }
}

/// The links of lists over the indices 0 ..< capacity: any number of lists, each index in at most
/// one of them. All memory is taken at start.
///
///     links   0: ·  1: 4⇄2  2: 1⇄·  3: ·  4: ·⇄1          list: first 4, last 2, count 3
///
/// Unchecked: a list and its indices' links belong to one thread at a time, which the owner of the
/// list sees to; `next` may be read by whoever was lent the list.
package final class IndexLinks: @unchecked Sendable {
  @usableFromInline
  struct Link {
    @usableFromInline var previous: Int32
    @usableFromInline var next: Int32

    @inlinable
    init(previous: Int32, next: Int32) {
      self.previous = previous
      self.next = next
    }
  }

  /// What follows the last index of a list, and precedes the first.
  package static let none: Int32 = -1
  /// `previous` of an index that is in no list.
  @usableFromInline static let unlinked: Int32 = -2

  package let capacity: Int
  @usableFromInline let links: UnsafeMutablePointer<Link>

  package init(capacity: Int) {
    precondition(capacity >= 0 && capacity <= Int(Int32.max))
    self.capacity = capacity
    links = .allocate(capacity: capacity)
    links.initialize(
      repeating: Link(previous: Self.unlinked, next: Self.none), count: capacity)
  }

  deinit { links.deallocate() }

  /// Whether the index is in a list.
  @inlinable
  package func isLinked(_ index: Int32) -> Bool { links[Int(index)].previous != Self.unlinked }

  /// `none` behind the last.
  @inlinable
  package func next(after index: Int32) -> Int32 { links[Int(index)].next }

  /// - Precondition: the index is in no list.
  @inlinable
  package func append(_ index: Int32, to list: inout IndexList) {
    precondition(!isLinked(index), "an index is in one list at most")
    links[Int(index)] = Link(previous: list.last, next: Self.none)
    if list.last == Self.none { list.first = index } else { links[Int(list.last)].next = index }
    list.last = index
    list.count += 1
  }

  /// - Precondition: the index is in this list.
  @inlinable
  package func remove(_ index: Int32, from list: inout IndexList) {
    let link = links[Int(index)]
    precondition(isLinked(index), "an index is removed once")
    if link.previous == Self.none {
      list.first = link.next
    } else {
      links[Int(link.previous)].next = link.next
    }
    if link.next == Self.none {
      list.last = link.previous
    } else {
      links[Int(link.next)].previous = link.previous
    }
    links[Int(index)] = Link(previous: Self.unlinked, next: Self.none)
    list.count -= 1
  }

  /// Cuts the first `count` indices off `list`.
  /// - Precondition: it has so many, and `count` is not 0.
  @inlinable
  package func takeFirst(_ count: Int, of list: inout IndexList) -> IndexList {
    precondition(count > 0 && count <= list.count)
    var taken = IndexList()
    taken.first = list.first
    taken.last = index(count - 1, after: list.first)
    taken.count = count
    list.first = links[Int(taken.last)].next
    list.count -= count
    links[Int(taken.last)].next = Self.none
    if list.first == Self.none {
      list.last = Self.none
    } else {
      links[Int(list.first)].previous = Self.none
    }
    return taken
  }

  /// Puts all of `other` in front of `list`.
  @inlinable
  package func prepend(_ other: IndexList, to list: inout IndexList) {
    guard !other.isEmpty else { return }
    precondition(links[Int(other.first)].previous == Self.none, "a list begins at its first index")
    links[Int(other.last)].next = list.first
    if list.first == Self.none {
      list.last = other.last
    } else {
      links[Int(list.first)].previous = other.last
    }
    list.first = other.first
    list.count += other.count
  }

  /// The whole list that begins at `first`.
  /// - Precondition: it has `count` indices.
  @inlinable
  package func list(from first: Int32, count: Int) -> IndexList {
    var list = IndexList()
    list.first = first
    list.last = index(count - 1, after: first)
    list.count = count
    precondition(
      links[Int(first)].previous == Self.none && links[Int(list.last)].next == Self.none,
      "a list's length is not what it was cut off with")
    return list
  }

  /// The index that stands `distance` further along its list.
  @inlinable
  package func index(_ distance: Int, after first: Int32) -> Int32 {
    var index = first
    for _ in 0..<distance { index = links[Int(index)].next }
    return index
  }

  /// Stops the program where these lists and the links contradict each other; for tests.
  /// - Parameter lists: all lists that there are.
  package func checkInvariants(_ lists: [IndexList]) {
    // Links that lead back as they lead on cannot run in a circle, nor two lists into each other,
    // unless these begin alike.
    var listed = 0
    for (number, list) in lists.enumerated() {
      var (previous, index, count) = (Self.none, list.first, 0)
      while index != Self.none {
        precondition(links[Int(index)].previous == previous, "index \(index) links back wrongly")
        (previous, index, count) = (index, links[Int(index)].next, count + 1)
      }
      precondition(previous == list.last, "the list ends at \(previous), not at \(list.last)")
      precondition(count == list.count, "the list counts \(list.count), it has \(count)")
      for other in lists[..<number] where !list.isEmpty {
        precondition(other.first != list.first, "two lists begin at \(list.first)")
      }
      listed += count
    }
    var linked = 0
    for index in 0..<Int32(capacity) where isLinked(index) { linked += 1 }
    precondition(linked == listed, "\(linked) indices are linked, lists have \(listed)")
  }
}
