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
  var batchesExecuted: UInt64 = 0
  var queueMicroseconds: UInt64 = 0
  var computeMicroseconds: UInt64 = 0
  var bytesReceived: UInt64 = 0
  private var heap = HeapGauge()

  func record(_ completion: Completion) {
    guard completion.outcome == .computed else { return }
    imagesInferred += UInt64(completion.imageCount)
    guard completion.beginsBatch else { return }
    batchesExecuted += 1
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
      .init("batches_executed", .counter, batchesExecuted),
      .init("queue_time_total_microseconds", .counter, queueMicroseconds),
      .init("compute_time_total_microseconds", .counter, computeMicroseconds),
      .init("received_bytes", .counter, bytesReceived),
      .init("heap_allocated_bytes", .gauge, heap.byteCount(now: now)),
    ]
  }
}
