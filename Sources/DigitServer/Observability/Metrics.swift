import DigitWire
import EventLoop

/// What the server has done since it began. A metric is one property here and one line below.
/// Belongs to the loop's thread.
final class Metrics {
  var connectionsAccepted: UInt64 = 0
  var connectionsRefused: UInt64 = 0
  var connectionsOpen: UInt64 = 0
  var requestsReceived: UInt64 = 0
  var requestsAnswered: UInt64 = 0
  var requestsRefused: UInt64 = 0
  var requestsAbandoned: UInt64 = 0
  /// Incomplete for so long that others got their room.
  var requestsEvicted: UInt64 = 0
  /// Cut because all unsent answers together were over the budget and this peer read none.
  var connectionsCutUnread: UInt64 = 0
  var imagesInferred: UInt64 = 0
  private(set) var batches = BatchSizes()
  var queueMicroseconds: UInt64 = 0
  var computeMicroseconds: UInt64 = 0
  var bytesReceived: UInt64 = 0
  private var heap = HeapGauge()

  func record(_ completion: Completion) {
    guard completion.outcome == .computed else { return }
    imagesInferred += UInt64(completion.imageCount)
    guard completion.batchImageCount > 0 else { return }
    batches.count(completion.batchImageCount)
    computeMicroseconds += completion.finished.microseconds(since: completion.started)
  }

  /// Names follow Prometheus: the unit last, counters in the plural.
  func entries(
    imagesQueued: Int, requestsInFlight: Int, now: Instant
  ) -> [StatsReply.Entry] {
    [
      .init("connections_accepted", .counter, connectionsAccepted),
      .init("connections_refused", .counter, connectionsRefused),
      .init("connections_cut_unread", .counter, connectionsCutUnread),
      .init("connections_open", .gauge, connectionsOpen),
      .init("requests_received", .counter, requestsReceived),
      .init("requests_answered", .counter, requestsAnswered),
      .init("requests_refused", .counter, requestsRefused),
      .init("requests_abandoned", .counter, requestsAbandoned),
      .init("requests_evicted", .counter, requestsEvicted),
      .init("requests_in_flight", .gauge, UInt64(requestsInFlight)),
      .init("images_inferred", .counter, imagesInferred),
      .init("images_queued", .gauge, UInt64(imagesQueued)),
      .init("batches_executed", .counter, batches.total),
      .init("queue_time_total_microseconds", .counter, queueMicroseconds),
      .init("compute_time_total_microseconds", .counter, computeMicroseconds),
      .init("received_bytes", .counter, bytesReceived),
      .init("heap_allocated_bytes", .gauge, heap.byteCount(now: now)),
    ] + batches.entries
  }
}

/// How many batches there were of each size, in classes that double: 1, 2, 3 to 4, 5 to 8, …
struct BatchSizes {
  private static let classCount = 9
  private var counts = [UInt64](repeating: 0, count: classCount)

  var total: UInt64 { counts.reduce(0, +) }

  /// - Parameter imageCount: at least 1; beyond 256 images all are of one class.
  mutating func count(_ imageCount: Int) {
    let sizeClass = Int.bitWidth - (imageCount - 1).leadingZeroBitCount
    counts[min(sizeClass, Self.classCount - 1)] += 1
  }

  var entries: [StatsReply.Entry] {
    counts.enumerated().map { sizeClass, count in
      let (least, most) = (sizeClass < 2 ? sizeClass + 1 : 1 << (sizeClass - 1) + 1, 1 << sizeClass)
      let sizes = least == most ? "\(most)" : "\(least)_to_\(most)"
      return .init("batches_of_\(sizes)", .counter, count)
    }
  }
}
