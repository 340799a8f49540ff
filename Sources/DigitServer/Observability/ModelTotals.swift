/// What the server has done with one version of a model, over all loops, at one time.
package struct ModelTotals: Equatable, Sendable {
  package let name: String
  package let version: UInt32
  private var outcomes = [UInt64](repeating: 0, count: RequestOutcome.allCases.count)
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
  package var batchCount: UInt64 { batchCounts.reduce(0, +) }

  // Added up over the answered requests.
  package var requestNanoseconds: UInt64 { request.totalNanoseconds }
  package var queueNanoseconds: UInt64 { queue.totalNanoseconds }
  package var computeNanoseconds: UInt64 { compute.totalNanoseconds }

  mutating func add(_ metrics: ModelMetrics) {
    for (index, count) in metrics.outcomes.counts.enumerated() { outcomes[index] += count }
    imageCount += metrics.images.count
    for (index, count) in metrics.batches.counts.enumerated() { batchCounts[index] += count }
    batchImageCount += metrics.batchImages.count
    request.merge(metrics.total.snapshot)
    queue.merge(metrics.queue.snapshot)
    compute.merge(metrics.compute.snapshot)
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
}
