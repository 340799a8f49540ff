import EventLoop
import Synchronization

/// A number that one thread writes and any may read.
final class Counter: Sendable {
  private let value = Atomic<UInt64>(0)

  /// From the one thread that writes it: no other may be between the reading and the writing.
  @inline(__always)
  func add(_ amount: UInt64 = 1) {
    value.store(value.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
  }

  @inline(__always)
  func set(_ amount: Int) { value.store(UInt64(amount), ordering: .relaxed) }

  var count: UInt64 { value.load(ordering: .relaxed) }
}

/// What one loop has done since the server began: its thread writes, whoever is asked for figures
/// reads. A metric is one property here and one line in `ServerFigures`.
package final class LoopMetrics: Sendable {
  let connectionsAccepted = Counter()
  let connectionsRefused = Counter()
  let connectionsOpen = Counter()
  /// Cut because all unsent answers together were over the budget and this peer read none.
  let connectionsCutUnread = Counter()
  /// Closed as soon as they were accepted, for want of a file descriptor.
  let connectionsCutNoDescriptor = Counter()
  /// Cut because of a time-out: of the handshake, a frame, a silence, or answers left unread.
  let connectionsTimedOut = Counter()
  let requestsReceived = Counter()
  let requestsAnswered = Counter()
  let requestsRefused = Counter()
  let requestsAbandoned = Counter()
  /// Incomplete for so long that others got their room.
  let requestsEvicted = Counter()
  let requestsInFlight = Counter()
  let imagesInferred = Counter()
  let batches = BatchSizes()
  let queueMicroseconds = Counter()
  let computeMicroseconds = Counter()
  let bytesReceived = Counter()

  package init() {}

  func record(_ completion: Completion) {
    guard completion.outcome == .computed else { return }
    imagesInferred.add(UInt64(completion.imageCount))
    guard completion.batchImageCount > 0 else { return }
    batches.count(completion.batchImageCount)
    computeMicroseconds.add(completion.finished.microseconds(since: completion.started))
  }
}

/// How many batches there were of each size, in classes that double: 1, 2, 3 to 4, 5 to 8, …
final class BatchSizes: Sendable {
  static let classCount = 9
  private let counts = (0..<classCount).map { _ in Counter() }

  /// - Parameter imageCount: at least 1; beyond 256 images all are of one class.
  func count(_ imageCount: Int) {
    let sizeClass = Int.bitWidth - (imageCount - 1).leadingZeroBitCount
    counts[min(sizeClass, Self.classCount - 1)].add()
  }

  func count(ofClass sizeClass: Int) -> UInt64 { counts[sizeClass].count }

  /// The sizes of a class, as its figure's name has them.
  static func name(ofClass sizeClass: Int) -> String {
    let (least, most) = (sizeClass < 2 ? sizeClass + 1 : 1 << (sizeClass - 1) + 1, 1 << sizeClass)
    return least == most ? "\(most)" : "\(least)_to_\(most)"
  }
}
