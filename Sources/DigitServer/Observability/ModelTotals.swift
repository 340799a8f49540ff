import DigitHTTP
import EventLoop

/// What the server has done with one version of a model, over all loops, at one time.
package struct ModelTotals: Equatable, Sendable {
  package let name: String
  package let version: UInt32
  private var outcomes = [UInt64](repeating: 0, count: RequestOutcome.allCases.count)
  private var sheds = [UInt64](repeating: 0, count: ShedReason.allCases.count)
  /// When the last request came; nil before the first.
  private(set) var lastRequest: Instant?
  package private(set) var imageCount: UInt64 = 0
  /// By class of size.
  private(set) var batchCounts = [UInt64](repeating: 0, count: BatchSizes.classCount)
  private(set) var batchImageCount: UInt64 = 0
  private(set) var request = LatencySnapshot()
  private(set) var queue = LatencySnapshot()
  private(set) var compute = LatencySnapshot()

  init(name: String, version: UInt32) {
    self.name = name
    self.version = version
  }

  package func count(of outcome: RequestOutcome) -> UInt64 { outcomes[outcome.rawValue] }
  package func count(of reason: ShedReason) -> UInt64 { sheds[reason.rawValue] }
  package var batchCount: UInt64 { batchCounts.reduce(0, +) }

  mutating func add(_ metrics: ModelMetrics) {
    for (index, count) in metrics.outcomes.counts.enumerated() { outcomes[index] += count }
    for (index, count) in metrics.sheds.counts.enumerated() { sheds[index] += count }
    if metrics.lastRequest.count > 0 {
      let last = Instant(nanoseconds: metrics.lastRequest.count)
      lastRequest = max(lastRequest ?? last, last)
    }
    imageCount += metrics.images.count
    for (index, count) in metrics.batches.counts.enumerated() { batchCounts[index] += count }
    batchImageCount += metrics.batchImages.count
    request.merge(metrics.total.snapshot)
    queue.merge(metrics.queue.snapshot)
    compute.merge(metrics.compute.snapshot)
  }
}

/// What waits for one version of a model at one time.
struct WaitingTotals: Equatable, Sendable {
  var imageCount: UInt64 = 0
  var oldestArrival: Instant?

  func ageMicroseconds(now: Instant) -> UInt64 {
    oldestArrival.map { now.microseconds(since: $0) } ?? 0
  }
}

extension ModelTotals {
  /// What waits for this version, for an earlier file of it too.
  func share(of waiting: [WaitingWork]) -> WaitingTotals {
    var totals = WaitingTotals()
    for work in waiting where work.model.name == name && work.model.version == version {
      totals.imageCount += UInt64(work.imageCount)
      guard let arrival = work.oldestArrival else { continue }
      totals.oldestArrival = min(totals.oldestArrival ?? arrival, arrival)
    }
    return totals
  }
}

extension ServerFigures {
  /// Of models that are served, and of the last that were.
  package var modelTotals: [ModelTotals] {
    var totals: [ModelTotals] = []
    for metrics in loops.flatMap(\.models.all) {
      let known = totals.firstIndex { $0.name == metrics.name && $0.version == metrics.version }
      if known == nil { totals.append(ModelTotals(name: metrics.name, version: metrics.version)) }
      totals[known ?? totals.count - 1].add(metrics)
    }
    return totals
  }

  /// What the HTTP interfaces tell of a model's work.
  package func counters(of model: LoadedModel) -> ServedModel.Counters {
    var totals = ModelTotals(name: model.name, version: model.version)
    for metrics in loops.flatMap(\.models.all)
    where metrics.name == model.name && metrics.version == model.version {
      totals.add(metrics)
    }
    var counters = ServedModel.Counters(totals)
    if let last = totals.lastRequest {
      let nanoseconds = beganNanosecondsSince1970 + last.nanoseconds(since: began)
      counters.lastRequestMilliseconds = nanoseconds / 1_000_000
    }
    return counters
  }
}

extension ServedModel.Counters {
  fileprivate init(_ totals: ModelTotals) {
    self.init()
    answeredCount = totals.count(of: .answered)
    failedCount = [.refused, .deadlineExceeded, .outdated, .failed]
      .reduce(0) { $0 + totals.count(of: $1) }
    imageCount = totals.imageCount
    batchCount = totals.batchCount
    totalMicroseconds = totals.request.totalNanoseconds / 1_000
    queueMicroseconds = totals.queue.totalNanoseconds / 1_000
    computeMicroseconds = totals.compute.totalNanoseconds / 1_000
  }
}
