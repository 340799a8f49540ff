import EventLoop

/// One figure of the server under the name that operators see.
package struct ServerFigure: Equatable, Sendable {
  package enum Kind: Sendable {
    /// Only ever grows.
    case counter
    case gauge
  }

  /// Names follow Prometheus: the unit last, counters in the plural.
  package let name: String
  package let kind: Kind
  package let value: UInt64
}

/// The server's figures: those of its loops added up, and those that it has once.
final class ServerFigures: Sendable {
  private let loops: [LoopMetrics]
  private let queue: JobQueue
  private let heap = Guarded(HeapGauge())
  let began: Instant

  init(loops: [LoopMetrics], queue: JobQueue, began: Instant) {
    self.loops = loops
    self.queue = queue
    self.began = began
  }

  /// From any thread.
  func figures(now: Instant) -> [ServerFigure] {
    [
      counter("connections_accepted", \.connectionsAccepted),
      counter("connections_refused", \.connectionsRefused),
      counter("connections_cut_unread", \.connectionsCutUnread),
      counter("connections_cut_no_descriptor", \.connectionsCutNoDescriptor),
      counter("connections_timed_out", \.connectionsTimedOut),
      gauge("connections_open", sum(\.connectionsOpen)),
      counter("requests_received", \.requestsReceived),
      counter("requests_answered", \.requestsAnswered),
      counter("requests_refused", \.requestsRefused),
      counter("requests_abandoned", \.requestsAbandoned),
      counter("requests_evicted", \.requestsEvicted),
      gauge("requests_in_flight", sum(\.requestsInFlight)),
      counter("images_inferred", \.imagesInferred),
      gauge("images_queued", UInt64(queue.queuedImages)),
      ServerFigure(name: "batches_executed", kind: .counter, value: batchCount),
      counter("queue_time_total_microseconds", \.queueMicroseconds),
      counter("compute_time_total_microseconds", \.computeMicroseconds),
      counter("received_bytes", \.bytesReceived),
      gauge("heap_allocated_bytes", heap.withLock { $0.byteCount(now: now) }),
    ] + (0..<BatchSizes.classCount).map(batches)
  }

  private func sum(_ metric: KeyPath<LoopMetrics, Counter>) -> UInt64 {
    loops.reduce(0) { $0 + $1[keyPath: metric].count }
  }

  private func counter(_ name: String, _ metric: KeyPath<LoopMetrics, Counter>) -> ServerFigure {
    ServerFigure(name: name, kind: .counter, value: sum(metric))
  }

  private func gauge(_ name: String, _ value: UInt64) -> ServerFigure {
    ServerFigure(name: name, kind: .gauge, value: value)
  }

  private func batches(ofClass sizeClass: Int) -> ServerFigure {
    ServerFigure(
      name: "batches_of_\(BatchSizes.name(ofClass: sizeClass))", kind: .counter,
      value: batchCount(ofClass: sizeClass))
  }

  private func batchCount(ofClass sizeClass: Int) -> UInt64 {
    loops.reduce(0) { $0 + $1.batches.count(ofClass: sizeClass) }
  }

  private var batchCount: UInt64 {
    (0..<BatchSizes.classCount).reduce(0) { $0 + batchCount(ofClass: $1) }
  }
}
