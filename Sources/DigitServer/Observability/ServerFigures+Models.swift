import DigitWire
import EventLoop

extension ServerFigures {
  /// STATS_REPLY, which has the same figures as `/metrics`.
  /// - Parameter tellsModels: whether the client asked for statistics of models.
  package func statsReply(now: Instant, tellsModels: Bool) -> StatsReply {
    let models = modelTotals
    return StatsReply(
      uptimeMicroseconds: now.microseconds(since: began),
      entries: (figures(now: now) + percentiles(of: models)).map(StatsReply.Entry.init),
      models: tellsModels ? statistics(of: models, now: now) : [])
  }

  /// Over all models, since the server began.
  private func percentiles(of models: [ModelTotals]) -> [ServerFigure] {
    let stages: [(String, KeyPath<ModelTotals, LatencySnapshot>)] = [
      ("request", \.request), ("queue", \.queue), ("compute", \.compute),
    ]
    return stages.flatMap { name, stage in
      var all = LatencySnapshot()
      for model in models { all.merge(model[keyPath: stage]) }
      return [50, 90, 99].map { percent in
        ServerFigure(
          name: "\(name)_p\(percent)_microseconds", kind: .gauge,
          value: all.nanoseconds(atPercent: percent) / 1_000)
      }
    }
  }

  /// As many as a payload has room for.
  private func statistics(of models: [ModelTotals], now: Instant) -> [ModelStatistics] {
    let waiting = waitingWork
    var statistics: [ModelStatistics] = []
    var byteCount = 0
    for totals in models {
      let model = ModelStatistics(totals, waiting: totals.share(of: waiting), now: now)
      byteCount += model.encodedByteCount
      guard byteCount <= Self.modelByteCountMax else { break }
      statistics.append(model)
    }
    return statistics
  }

  /// Clients need take no payload above 1 MiB (SPEC section 2), in which there is to be room for
  /// the server's other figures.
  private static let modelByteCountMax = 960 * 1024
}

extension ModelStatistics {
  fileprivate init(_ totals: ModelTotals, waiting: WaitingTotals, now: Instant) {
    self.init(
      name: totals.name, version: totals.version,
      entries: RequestOutcome.allCases.map {
        .init("requests_\($0.name)", .counter, totals.count(of: $0))
      }
        + ShedReason.allCases.map {
          .init("requests_shed_\($0.name)", .counter, totals.count(of: $0))
        } + [
          .init("images", .counter, totals.imageCount),
          .init("batches", .counter, totals.batchCount),
          .init("images_queued", .gauge, waiting.imageCount),
          .init("queue_age_microseconds", .gauge, waiting.ageMicroseconds(now: now)),
        ],
      histograms: [
        totals.request.histogram("total_nanoseconds"),
        totals.queue.histogram("queue_nanoseconds"),
        totals.compute.histogram("compute_nanoseconds"),
        totals.batchHistogram,
      ])
  }
}

extension LatencySnapshot {
  /// The bound of the bucket in which the percentile lies; the highest bound where it is above; 0
  /// for nothing.
  func nanoseconds(atPercent percent: UInt64) -> UInt64 {
    let total = counts.reduce(0, +)
    guard total > 0 else { return 0 }
    let rank = (total * percent + 99) / 100
    var seen: UInt64 = 0
    let bucket = counts.firstIndex { count in
      seen += count
      return seen >= rank
    }
    let bounds = LatencyBuckets.upperBoundsNanoseconds
    return bounds[min(bucket ?? bounds.count, bounds.count - 1)]
  }

  fileprivate func histogram(_ name: String) -> ModelStatistics.Histogram {
    .init(
      name, sum: totalNanoseconds,
      buckets: filled(LatencyBuckets.upperBoundsNanoseconds + [.max], counts))
  }
}

extension ModelTotals {
  fileprivate var batchHistogram: ModelStatistics.Histogram {
    let bounds = batchCounts.indices.map { UInt64(BatchSizes.largest(ofClass: $0)) }
    return .init("batch_images", sum: batchImageCount, buckets: filled(bounds, batchCounts))
  }
}

private func filled(_ bounds: [UInt64], _ counts: [UInt64]) -> [ModelStatistics.Bucket] {
  zip(bounds, counts).filter { $1 > 0 }.map { .init(upperBound: $0, count: $1) }
}
