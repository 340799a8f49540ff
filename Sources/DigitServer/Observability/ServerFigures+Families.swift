import DigitHTTP
import EventLoop

extension ServerFigures {
  /// All metrics, added up over the loops. The names follow Prometheus' conventions.
  package func families(now: Instant) -> [MetricFamily] {
    modelFamilies(now: now) + ServerMetric.all.compactMap { family($0, now: now) }
      + [
        loopTurns, refusals, overdue, connections, connectionsByState, cutConnections, httpRequests,
        build,
      ]
      + processFamilies(now: now)
  }

  private func family(_ metric: ServerMetric, now: Instant) -> MetricFamily? {
    guard let name = metric.family else { return nil }
    let value = value(of: metric, now: now)
    let (unit, number): (MetricFamily.Unit?, MetricNumber) =
      switch metric.unit {
      case nil: (nil, .whole(value))
      case .bytes: (.bytes, .whole(value))
      case .microseconds: (.seconds, .billionths(value * 1_000))
      }
    let samples: MetricFamily.Samples =
      switch metric.kind {
      case .counter: .counter([.init([], number)])
      case .gauge: .gauge([.init([], number)])
      }
    return MetricFamily("digitd_" + name, metric.help, unit: unit, samples)
  }

  private var build: MetricFamily {
    MetricFamily(
      "digitd_build_info", "The program's version.",
      .gauge([.init([.init("version", version)], .whole(1))]))
  }

  private var loopTurns: MetricFamily {
    durations("loop_turn", "Processor time of the turns of event loops.", \.turns)
  }

  private var refusals: MetricFamily {
    durations(
      "refusal", "Time from a request's header to its refusal, where it is refused at the header.",
      \.refusals)
  }

  private var overdue: MetricFamily {
    durations(
      "overdue", "Time by which late answers missed their deadline or the queue age.", \.overdue)
  }

  private func durations(
    _ name: String, _ help: String, _ latencies: KeyPath<LoopMetrics, LatencyCounts>
  ) -> MetricFamily {
    var sum = LatencySnapshot()
    for loop in loops { sum.merge(loop[keyPath: latencies].snapshot) }
    return MetricFamily(
      "digitd_\(name)_seconds", help, unit: .seconds,
      .histogram([
        .init(
          [],
          HistogramValue(
            Self.latencyBounds, counts: sum.counts, sum: .billionths(sum.totalNanoseconds)))
      ]))
  }

  private var cutConnections: MetricFamily {
    MetricFamily(
      "digitd_connections_cut", "Connections that the server closed, by why.",
      .counter(
        CutReason.allCases.map { .init([.init("reason", $0.name)], .whole(cutCount($0))) }))
  }

  private var connectionsByState: MetricFamily {
    MetricFamily(
      "digitd_connections_by_state", "Open connections, looked at twice a second.",
      .gauge(
        ConnectionStanding.allCases.map {
          .init([.init("state", $0.name)], .whole(connectionCount($0)))
        }))
  }

  private var connections: MetricFamily {
    let http = sum(\.httpConnectionsOpen)
    let binary = connectionsOpen - min(http, connectionsOpen)
    return MetricFamily(
      "digitd_connections", "Open connections.",
      .gauge([
        .init([.init("door", "binary")], .whole(binary)),
        .init([.init("door", "http")], .whole(http)),
      ]))
  }

  /// Of the statuses that have been answered.
  private var httpRequests: MetricFamily {
    let samples = LoopMetrics.httpStatuses.compactMap { status in
      let count = loops.reduce(0) { $0 + $1.httpAnswerCount(status: status) }
      return count == 0
        ? nil
        : MetricFamily.Sample([.init("status", String(status))], MetricNumber.whole(count))
    }
    return MetricFamily(
      "digitd_http_requests", "HTTP requests answered, of every kind.", .counter(samples))
  }

  /// Under the names that all of Prometheus' client libraries have for them.
  private func processFamilies(now: Instant) -> [MetricFamily] {
    [
      MetricFamily(
        "process_start_time_seconds", "When the server began, since 1970.", unit: .seconds,
        .gauge([.init([], .billionths(beganNanosecondsSince1970))])),
      MetricFamily(
        "process_cpu_seconds", "Processor time used.", unit: .seconds,
        .counter([.init([], .billionths(ProcessClock.processorNanoseconds))])),
      MetricFamily(
        "process_resident_memory_bytes", "Memory that is resident.", unit: .bytes,
        .gauge([.init([], .whole(residentByteCount(now: now)))])),
    ]
  }
}

// MARK: - Models

extension ServerFigures {
  private func modelFamilies(now: Instant) -> [MetricFamily] {
    let models = modelTotals
    let waiting = waitingWork
    return [
      MetricFamily(
        "digitd_requests", "Inference requests that have ended, by how.",
        .counter(models.flatMap(\.outcomeSamples))),
      MetricFamily(
        "digitd_requests_shed", "Inference requests that were too much, by why.",
        .counter(models.flatMap(\.shedSamples))),
      MetricFamily(
        "digitd_model_queued_images", "Images that wait for a worker.",
        .gauge(models.map { .init($0.labels, .whole($0.share(of: waiting).imageCount)) })),
      MetricFamily(
        "digitd_model_queue_age_seconds",
        "How long the request has waited that has waited longest.", unit: .seconds,
        .gauge(
          models.map {
            let age = $0.share(of: waiting).ageMicroseconds(now: now)
            return .init($0.labels, .billionths(age * 1_000))
          })),
      MetricFamily(
        "digitd_images", "Images computed.",
        .counter(models.map { .init($0.labels, .whole($0.imageCount)) })),
      durations(
        "request", "From the last byte of a request to its answer, of answered requests.",
        of: models, \.request),
      durations("queue", "Time that answered requests waited.", of: models, \.queue),
      durations(
        "compute", "Time that the batches of answered requests took to compute.", of: models,
        \.compute),
      MetricFamily(
        "digitd_batch_images", "Images of each batch.",
        .histogram(models.map { .init($0.labels, $0.batches) })),
    ]
  }

  private func durations(
    _ name: String, _ help: String, of models: [ModelTotals],
    _ latencies: KeyPath<ModelTotals, LatencySnapshot>
  ) -> MetricFamily {
    MetricFamily(
      "digitd_\(name)_duration_seconds", help, unit: .seconds,
      .histogram(
        models.map { model in
          let latencies = model[keyPath: latencies]
          return .init(
            model.labels,
            HistogramValue(
              Self.latencyBounds, counts: latencies.counts,
              sum: .billionths(latencies.totalNanoseconds)))
        }))
  }

  private static let latencyBounds = HistogramBounds(
    LatencyBuckets.upperBoundsNanoseconds.map { Double($0) / 1e9 })
}

extension ModelTotals {
  fileprivate var labels: [MetricFamily.Label] {
    [.init("model", name), .init("version", String(version))]
  }

  fileprivate var outcomeSamples: [MetricFamily.Sample<MetricNumber>] {
    RequestOutcome.allCases.map { outcome in
      .init(labels + [.init("outcome", outcome.name)], .whole(count(of: outcome)))
    }
  }

  fileprivate var shedSamples: [MetricFamily.Sample<MetricNumber>] {
    ShedReason.allCases.map { reason in
      .init(labels + [.init("reason", reason.name)], .whole(count(of: reason)))
    }
  }

  fileprivate var batches: HistogramValue {
    HistogramValue(Self.batchBounds, counts: batchCounts + [0], sum: .whole(batchImageCount))
  }

  /// No batch is larger than the last.
  private static let batchBounds = HistogramBounds(
    (0..<BatchSizes.classCount).map { Double(BatchSizes.largest(ofClass: $0)) })
}
