import Slots

/// What an asker has of its loop: image slots, and time that its requests will take. The asker
/// holds it, the loop's `InferenceService` writes it.
package final class AskerShare {
  /// By which the scheduler knows it; nil while it has no request.
  fileprivate(set) var index: AskerIndex?
  fileprivate(set) var requestCount = 0
  fileprivate(set) var imageCount = 0
  /// What its requests take to compute, as measured when their models were loaded.
  fileprivate(set) var nanoseconds: UInt64 = 0

  package init() {}
}

/// Gives the askers of a loop that have requests their numbers. All memory is taken at start.
struct AskerNumbers {
  private var free: [AskerIndex]

  /// - Parameter base: the first number.
  init(base: AskerIndex, capacity: Int) {
    // Low numbers are used first: they come off the end.
    free = (base..<base + AskerIndex(capacity)).reversed()
  }

  /// - Precondition: fewer than `capacity` requests are counted.
  mutating func count(_ request: borrowing InferenceRequest) {
    let share = request.asker.share
    if share.index == nil { share.index = free.removeLast() }
    share.requestCount += 1
    share.imageCount += request.imageCount
    share.nanoseconds += request.expectedNanoseconds
  }

  mutating func discount(_ request: borrowing InferenceRequest) {
    let share = request.asker.share
    share.requestCount -= 1
    share.imageCount -= request.imageCount
    share.nanoseconds -= request.expectedNanoseconds
    guard share.requestCount == 0, let index = share.index else { return }
    share.index = nil
    free.append(index)
  }

  /// Stops the program where what askers have is not what their requests are; for tests.
  func checkInvariants(_ requests: [InferenceRequest]) {
    let byShare = Dictionary(grouping: requests) { ObjectIdentifier($0.asker.share) }
    for ofOne in byShare.values {
      let share = ofOne[0].asker.share
      precondition(share.index != nil && share.requestCount == ofOne.count)
      precondition(share.imageCount == ofOne.reduce(0) { $0 + $1.imageCount })
      precondition(share.nanoseconds == ofOne.reduce(0) { $0 + $1.expectedNanoseconds })
    }
    let indices = Set(byShare.values.map { $0[0].asker.share.index })
    precondition(indices.count == byShare.count, "two askers have one number")
  }
}

/// How much of a store one asker may hold: so many times what is free, and so the less, the more
/// of them hold much. The free rest is there for whoever comes next; a lone asker may have nearly
/// all of it (dynamic thresholds: Choudhury and Hahne, IEEE/ACM Transactions on Networking 6(2),
/// 1998).
enum FairShare {
  static let timesFree = 4

  static func permits(_ more: Int, held: Int, free: Int) -> Bool {
    held + more <= timesFree * free
  }
}
