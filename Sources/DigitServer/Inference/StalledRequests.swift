/// Requests of which a part has come and the rest has not, the longest-stalled first: when others
/// need room, these are the ones that give theirs up. A peer that never sends the rest of its
/// frames so costs nobody but those who do the same.
///
/// All memory is taken at start; entries are linked by request index.
package struct StalledRequests {
  private struct Entry {
    var previous = StalledRequests.none
    var next = StalledRequests.none
    /// 0 for a request that is not here.
    var imageCount: Int32 = 0
  }

  private static let none: RequestIndex = -1

  private var entries: [Entry]
  private var last = none
  /// The one that has been without progress for the longest time; nil when there is none.
  package var longest: RequestIndex? { first == Self.none ? nil : first }
  private var first = none
  /// Images whose places they hold together.
  package private(set) var imageCount = 0

  package init(requestsMax: Int) {
    entries = Array(repeating: Entry(), count: requestsMax)
  }

  /// A read has ended in the middle of this request: it goes to the end of the line.
  package mutating func add(_ request: RequestIndex, imageCount: Int) {
    remove(request)
    entries[Int(request)] = Entry(previous: last, imageCount: Int32(imageCount))
    if last == Self.none { first = request } else { entries[Int(last)].next = request }
    last = request
    self.imageCount += imageCount
  }

  /// Does nothing where it is not here.
  package mutating func remove(_ request: RequestIndex) {
    let entry = entries[Int(request)]
    guard entry.imageCount > 0 else { return }
    if entry.previous == Self.none {
      first = entry.next
    } else {
      entries[Int(entry.previous)].next = entry.next
    }
    if entry.next == Self.none {
      last = entry.previous
    } else {
      entries[Int(entry.next)].previous = entry.previous
    }
    entries[Int(request)] = Entry()
    imageCount -= Int(entry.imageCount)
  }
}
