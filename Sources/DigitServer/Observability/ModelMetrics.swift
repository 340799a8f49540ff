import EventLoop

/// How a request ended, as metrics tell it.
package enum RequestOutcome: Int, CaseIterable, Sendable {
  case answered
  case refused
  case deadlineExceeded
  /// Waited for too long.
  case outdated
  /// Its client took it back, or went.
  case abandoned
  /// Computed, with an answer that is no number.
  case failed

  package init(_ rejection: Rejection) {
    switch rejection {
    case .noRoom, .memoryFull, .overShare, .queueTooLong, .evicted, .badPixel: self = .refused
    case .waitedTooLong: self = .outdated
    case .deadlineOutOfReach, .deadlineExceeded: self = .deadlineExceeded
    case .notFinite, .workerStalled: self = .failed
    }
  }

  /// As a label has it.
  package var name: String {
    switch self {
    case .answered: "answered"
    case .refused: "refused"
    case .deadlineExceeded: "deadline_exceeded"
    case .outdated: "outdated"
    case .abandoned: "abandoned"
    case .failed: "failed"
    }
  }
}

/// What one loop has done with one version of a model: its thread writes, whoever is asked for
/// metrics reads. Requests hold theirs from beginning to end, as they hold their model.
package final class ModelMetrics: Sendable {
  let name: String
  let version: UInt32
  let outcomes = Counters(count: RequestOutcome.allCases.count)
  let sheds = Counters(count: ShedReason.allCases.count)
  /// When the last request came, in nanoseconds of the monotonic clock; 0 before the first.
  let lastRequest = Counter()
  let images = Counter()
  let batches = BatchSizes()
  /// Of batches that began with a request of this loop.
  let batchImages = Counter()
  // Of answered requests. From the last pixel's coming to the answer; the longest that one of its
  // images waited; the longest that a batch with one of its images took.
  let total = LatencyCounts()
  let queue = LatencyCounts()
  let compute = LatencyCounts()

  init(name: String, version: UInt32) {
    self.name = name
    self.version = version
  }

  func began(now: Instant) { lastRequest.set(Int(now.nanoseconds)) }

  func ended(_ outcome: RequestOutcome) { outcomes.add(at: outcome.rawValue) }

  func rejected(_ rejection: Rejection) {
    ended(RequestOutcome(rejection))
    if let reason = ShedReason(rejection) { sheds.add(at: reason.rawValue) }
  }

  /// Times in nanoseconds.
  func answered(total: UInt64, queue: UInt64, compute: UInt64) {
    ended(.answered)
    self.total.record(nanoseconds: total)
    self.queue.record(nanoseconds: queue)
    self.compute.record(nanoseconds: compute)
  }

  func record(_ completion: Completion) {
    guard completion.outcome == .computed else { return }
    images.add(UInt64(completion.imageCount))
    guard completion.batchImageCount > 0 else { return }
    batches.count(completion.batchImageCount)
    batchImages.add(UInt64(completion.batchImageCount))
  }
}

/// The metrics of a loop's models: of those that are served, and of the last that were. The loop
/// looks here when models change, and readers when they are asked; requests do not.
final class ModelMetricsList: Sendable {
  /// Models that are served no longer keep their metrics until so many others have gone, so that
  /// what they did last is still seen.
  static let retiredMax = 16

  private struct State {
    var served: [ModelMetrics] = []
    /// The one that went last comes last.
    var retired: [ModelMetrics] = []
  }

  private let state = Guarded(State())

  /// Retires what is not among the models.
  /// - Returns: the metrics of each. A model has those of an earlier one of its name and version.
  func serve(_ models: [LoadedModel]) -> [ModelMetrics] {
    state.withLock { state in
      let known = state.retired + state.served
      var served: [ModelMetrics] = []
      let metrics = models.map { model in
        let found = Self.find(model, among: served + known)
        let metrics = found ?? ModelMetrics(name: model.name, version: model.version)
        if !served.contains(where: { $0 === metrics }) { served.append(metrics) }
        return metrics
      }
      let retired = known.filter { metrics in !served.contains { $0 === metrics } }
      state = State(served: served, retired: retired.suffix(Self.retiredMax))
      return metrics
    }
  }

  /// Those of a model that is not served, or not any more.
  func metrics(of model: LoadedModel) -> ModelMetrics {
    state.withLock { state in
      if let known = Self.find(model, among: state.served + state.retired) { return known }
      let metrics = ModelMetrics(name: model.name, version: model.version)
      state.retired = (state.retired + [metrics]).suffix(Self.retiredMax)
      return metrics
    }
  }

  var all: [ModelMetrics] { state.withLock { $0.served + $0.retired } }

  private static func find(
    _ model: LoadedModel, among metrics: [ModelMetrics]
  ) -> ModelMetrics? {
    metrics.first { $0.name == model.name && $0.version == model.version }
  }
}
