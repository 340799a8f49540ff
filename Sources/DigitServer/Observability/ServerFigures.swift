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
  let repository: RepositoryFigures
  private let queue: JobQueue
  private let heap = Guarded(CachedGauge.heapByteCount)
  private let resident = Guarded(CachedGauge.residentByteCount)
  package let began: Instant
  package let beganNanosecondsSince1970 = ProcessClock.nanosecondsSince1970
  let version: String

  package init(
    loops: [LoopMetrics], repository: RepositoryFigures = RepositoryFigures(), queue: JobQueue,
    began: Instant, version: String
  ) {
    self.loops = loops
    self.repository = repository
    self.queue = queue
    self.began = began
    self.version = version
  }

  /// STATS. Metrics have the same and more: `families`.
  func figures(now: Instant) -> [ServerFigure] {
    ServerMetric.all.map { metric in
      ServerFigure(name: metric.name, kind: metric.kind, value: value(of: metric, now: now))
    } + ShedReason.allCases.map(sheds) + connections + (0..<BatchSizes.classCount).map(batches)
  }

  func value(of metric: ServerMetric, now: Instant) -> UInt64 {
    switch metric.source {
    case .counter(let counter): sum(counter)
    case .count(let count): count(self)
    case .gauge(let gauge): gauge(self, now)
    }
  }

  private func batches(ofClass sizeClass: Int) -> ServerFigure {
    ServerFigure(
      name: "batches_of_\(BatchSizes.name(ofClass: sizeClass))", kind: .counter,
      value: batchCount(ofClass: sizeClass))
  }

  private func sheds(for reason: ShedReason) -> ServerFigure {
    ServerFigure(
      name: "requests_shed_\(reason.name)", kind: .counter, value: shedCount(reason))
  }

  private var connections: [ServerFigure] {
    ConnectionStanding.allCases.map {
      ServerFigure(name: "connections_\($0.name)", kind: .gauge, value: connectionCount($0))
    }
      + CutReason.allCases.map {
        ServerFigure(name: "connections_cut_\($0.name)", kind: .counter, value: cutCount($0))
      }
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

  func shedCount(_ reason: ShedReason) -> UInt64 {
    loops.reduce(0) { $0 + $1.shedCount(reason) }
  }

  /// How long that has waited, of what no worker has begun, which has waited longest.
  func queueAgeMicroseconds(now: Instant) -> UInt64 {
    queue.oldestArrival.map { now.microseconds(since: $0) } ?? 0
  }

  func cutCount(_ reason: CutReason) -> UInt64 {
    loops.reduce(0) { $0 + $1.cutCount(reason) }
  }

  func connectionCount(_ standing: ConnectionStanding) -> UInt64 {
    loops.reduce(0) { $0 + $1.connectionCount(standing) }
  }

  var connectionsOpen: UInt64 { sum(\.connectionsOpen) }
  var queuedImages: UInt64 { UInt64(queue.queuedImages) }
  var batchCount: UInt64 { loops.reduce(0) { $0 + $1.batches.counts.reduce(0, +) } }

  /// What waits for the workers, by model.
  var waitingWork: [WaitingWork] { queue.waiting }

  /// Blocks may have more addresses than were touched, so never more than what is resident.
  func heapByteCount(now: Instant) -> UInt64 {
    min(heap.withLock { $0.value(now: now) }, residentByteCount(now: now))
  }
  func residentByteCount(now: Instant) -> UInt64 { resident.withLock { $0.value(now: now) } }
}
