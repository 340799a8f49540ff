import Slots

/// Requests of which a part has come and the rest has not, the longest-stalled first: when others
/// need room, these are the ones that give theirs up. A peer that never sends the rest of its
/// frames so costs nobody but those who do the same.
///
/// All memory is taken at start.
package struct StalledRequests {
  private let links: IndexLinks
  private var order = IndexList()
  private var imageCounts: [Int32]
  private let base: RequestIndex
  /// Images whose slots they hold together.
  package private(set) var imageCount = 0

  /// - Parameter base: the first index that a request may have.
  package init(base: RequestIndex = 0, requestsMax: Int) {
    self.base = base
    links = IndexLinks(capacity: requestsMax)
    imageCounts = Array(repeating: 0, count: requestsMax)
  }

  package var count: Int { order.count }

  /// The one that has been without progress for the longest time; nil when there is none.
  package var longest: RequestIndex? { order.isEmpty ? nil : base + order.first }

  /// A read has ended in the middle of this request: it goes to the end of the line.
  package mutating func add(_ request: RequestIndex, imageCount: Int) {
    remove(request)
    links.append(request - base, to: &order)
    imageCounts[Int(request - base)] = Int32(imageCount)
    self.imageCount += imageCount
  }

  /// Does nothing where it is not here.
  package mutating func remove(_ request: RequestIndex) {
    let index = request - base
    guard links.isLinked(index) else { return }
    links.remove(index, from: &order)
    imageCount -= Int(imageCounts[Int(index)])
  }

  package func holds(_ request: RequestIndex) -> Bool { links.isLinked(request - base) }

  /// Stops the program where the line contradicts itself; for tests.
  package func checkInvariants() {
    links.checkInvariants([order])
    let held = (0..<Int32(imageCounts.count)).filter { links.isLinked($0) }
    let sum = held.reduce(0) { $0 + Int(imageCounts[Int($1)]) }
    precondition(sum == imageCount, "\(sum) images are stalled, \(imageCount) are counted")
  }
}
