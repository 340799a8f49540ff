import DigitHTTP
import EventLoop

/// One figure of the server under the name that STATS has for it.
package struct ServerFigure: Equatable, Sendable {
  package enum Kind: Sendable {
    /// Only ever grows.
    case counter
    case gauge
  }

  /// The unit last, counters in the plural.
  package let name: String
  package let kind: Kind
  package let value: UInt64
}

/// The server's figures: those of its loops added up, and those that it has once. From any thread.
package final class ServerFigures: Sendable {
  let loops: [LoopMetrics]
  private let queue: JobQueue
  private let heap = Guarded(CachedGauge.heapByteCount)
  private let resident = Guarded(CachedGauge.residentByteCount)
  package let began: Instant
  let beganNanosecondsSince1970 = ProcessClock.nanosecondsSince1970
  let version: String

  package init(loops: [LoopMetrics], queue: JobQueue, began: Instant, version: String) {
    self.loops = loops
    self.queue = queue
    self.began = began
    self.version = version
  }

  /// STATS. Metrics have the same and more: `families`.
  func figures(now: Instant) -> [ServerFigure] {
    Self.counters.map { ServerFigure(name: $0.name, kind: .counter, value: sum($0.metric)) } + [
      gauge("connections_open", connectionsOpen),
      gauge("requests_in_flight", requestsInFlight),
      gauge("images_queued", queuedImages),
      ServerFigure(name: "batches_executed", kind: .counter, value: batchCount),
      gauge("heap_allocated_bytes", heapByteCount(now: now)),
    ] + (0..<BatchSizes.classCount).map(batches)
  }

  /// Counters of loops, by their names in STATS.
  static let counters: [LoopCounter] = [
    LoopCounter("connections_accepted", "Connections accepted.", \.connectionsAccepted),
    LoopCounter(
      "connections_refused", "Connections refused because there were too many.",
      \.connectionsRefused),
    LoopCounter(
      "connections_cut_unread",
      "Connections closed because all unsent answers were over their bound and the peer read none.",
      \.connectionsCutUnread),
    LoopCounter(
      "connections_cut_no_descriptor", "Connections closed for want of a file descriptor.",
      \.connectionsCutNoDescriptor),
    LoopCounter(
      "connections_timed_out",
      "Connections closed because of a time-out: of the handshake, a request, a silence, or "
        + "answers left unread.", \.connectionsTimedOut),
    LoopCounter(
      "requests_received", "Inference requests whose header has come, over all doors.",
      \.requestsReceived),
    LoopCounter(
      "requests_answered", "Inference requests answered with a result.", \.requestsAnswered),
    LoopCounter(
      "requests_refused", "Requests of any kind answered with an error.", \.requestsRefused),
    LoopCounter(
      "requests_abandoned", "Inference requests whose client went before the answer.",
      \.requestsAbandoned),
    LoopCounter(
      "requests_evicted", "Incomplete inference requests that gave their memory to others.",
      \.requestsEvicted),
    LoopCounter("images_inferred", "Images computed.", \.imagesInferred),
    LoopCounter(
      "queue_time_total_microseconds", "Time that inference requests waited, added up.",
      \.queueMicroseconds, family: "queue_time_seconds", scale: .microseconds),
    LoopCounter(
      "compute_time_total_microseconds", "Time that batches took to compute, added up.",
      \.computeMicroseconds, family: "compute_time_seconds", scale: .microseconds),
    LoopCounter(
      "received_bytes", "Bytes received.", \.bytesReceived, scale: .bytes),
  ]

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
}

// MARK: - What both ways of asking show

extension ServerFigures {
  func sum(_ metric: KeyPath<LoopMetrics, Counter>) -> UInt64 {
    loops.reduce(0) { $0 + $1[keyPath: metric].count }
  }

  var connectionsOpen: UInt64 { sum(\.connectionsOpen) }
  var requestsInFlight: UInt64 { sum(\.requestsInFlight) }
  var queuedImages: UInt64 { UInt64(queue.queuedImages) }
  var batchCount: UInt64 { loops.reduce(0) { $0 + $1.batches.counts.reduce(0, +) } }

  func heapByteCount(now: Instant) -> UInt64 { heap.withLock { $0.value(now: now) } }
  func residentByteCount(now: Instant) -> UInt64 { resident.withLock { $0.value(now: now) } }
}

/// A counter of loops: its name in STATS, and what it is as a metric.
struct LoopCounter: Sendable {
  enum Scale: Sendable {
    case one, bytes, microseconds
  }

  let name: String
  let help: String
  let metric: KeyPath<LoopMetrics, Counter> & Sendable
  /// Without `digitd_` and `_total`.
  let family: String
  let scale: Scale

  init(
    _ name: String, _ help: String, _ metric: KeyPath<LoopMetrics, Counter> & Sendable,
    family: String? = nil, scale: Scale = .one
  ) {
    self.name = name
    self.help = help
    self.metric = metric
    self.family = family ?? name
    self.scale = scale
  }
}
