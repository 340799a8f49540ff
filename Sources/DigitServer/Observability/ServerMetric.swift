import EventLoop

/// Something that STATS tells: its name there, and what it is as a metric.
struct ServerMetric: Sendable {
  enum Source: Sendable {
    /// Of each loop.
    case counter(KeyPath<LoopMetrics, Counter> & Sendable)
    /// Only ever grows, too.
    case count(@Sendable (ServerFigures) -> UInt64)
    case gauge(@Sendable (ServerFigures, Instant) -> UInt64)
  }

  enum Unit: Sendable {
    case bytes, microseconds
  }

  let name: String
  let help: String
  let source: Source
  /// The metric's name without `digitd_` and `_total`; nil where a family with labels shows it.
  let family: String?
  let unit: Unit?

  private init(
    _ name: String, _ help: String, _ source: Source, family: String?, unit: Unit? = nil
  ) {
    self.name = name
    self.help = help
    self.source = source
    self.family = family
    self.unit = unit
  }

  private init(
    _ name: String, _ help: String, _ counter: KeyPath<LoopMetrics, Counter> & Sendable,
    unit: Unit? = nil
  ) {
    self.init(name, help, .counter(counter), family: name, unit: unit)
  }

  var kind: ServerFigure.Kind {
    switch source {
    case .counter, .count: .counter
    case .gauge: .gauge
    }
  }

  static let all = connections + requests + work + models

  private static let connections = [
    ServerMetric("connections_accepted", "Connections accepted.", \.connectionsAccepted),
    ServerMetric(
      "connections_refused", "Connections refused because there were too many.",
      \.connectionsRefused),
    ServerMetric(
      "connections_timed_out",
      "Connections closed because of a time-out: of the handshake, a request, a silence, or "
        + "answers left unread.", \.connectionsTimedOut),
    ServerMetric("tls_handshakes", "TLS handshakes completed.", \.tlsHandshakes),
    ServerMetric(
      "tls_handshakes_failed",
      "TLS handshakes refused by either side, cut, or not finished in time.",
      \.tlsHandshakesFailed),
    ServerMetric(
      "tokens_refused", "Wrong tokens, and none where one is wanted.", \.tokensRefused),
    ServerMetric(
      "connections_open", "Open connections.", .gauge { figures, _ in figures.connectionsOpen },
      family: nil),
  ]

  private static let requests = [
    ServerMetric(
      "requests_received", "Inference requests whose header has come.", \.requestsReceived),
    ServerMetric(
      "requests_answered", "Inference requests answered with a result.", \.requestsAnswered),
    ServerMetric(
      "requests_refused", "Requests of any kind answered with an error.", \.requestsRefused),
    ServerMetric(
      "requests_abandoned", "Inference requests whose client went before the answer.",
      \.requestsAbandoned),
    ServerMetric(
      "requests_evicted", "Incomplete inference requests whose memory was given to others.",
      .count { $0.shedCount(.evicted) }, family: "requests_evicted"),
    ServerMetric(
      "requests_in_flight", "Inference requests begun and not ended.",
      .gauge { figures, _ in figures.sum(\.requestsInFlight) }, family: "requests_in_flight"),
  ]

  private static let models = [
    ServerMetric(
      "models_served", "Versions of models that are served.",
      .gauge { figures, _ in figures.repository.modelsServed.count }, family: "models_served"),
    ServerMetric(
      "models_refused",
      "Files and aliases in the model folder that are not served as they lie there.",
      .gauge { figures, _ in figures.repository.refusals.count }, family: "models_refused"),
    ServerMetric(
      "reloads_changed", "Reloads after which other models, or other names, were served.",
      .count { $0.repository.reloadsChanged.count }, family: "reloads_changed"),
    ServerMetric(
      "reloads_unchanged", "Reloads that found nothing new.",
      .count { $0.repository.reloadsUnchanged.count }, family: "reloads_unchanged"),
    ServerMetric(
      "reloads_refused", "Reloads in which something was refused and what was there was kept.",
      .count { $0.repository.reloadsRefused.count }, family: "reloads_refused"),
    ServerMetric(
      "last_reload_timestamp_seconds",
      "When the last reload ended, since 1970; 0 before the first.",
      .gauge { figures, _ in figures.repository.lastReload.count },
      family: "last_reload_timestamp_seconds"),
  ]

  private static let work = [
    ServerMetric("images_inferred", "Images computed.", \.imagesInferred),
    ServerMetric(
      "images_queued", "Images that wait for a worker.",
      .gauge { figures, _ in figures.queuedImages }, family: "queued_images"),
    ServerMetric(
      "queue_age_microseconds", "How long the request has waited that has waited longest.",
      .gauge { $0.queueAgeMicroseconds(now: $1) }, family: "queue_age_seconds",
      unit: .microseconds),
    ServerMetric(
      "batches_executed", "Batches computed.", .count { $0.batchCount },
      family: "batches_executed"),
    ServerMetric(
      "queue_time_total_microseconds", "Time that inference requests waited, added up.",
      .counter(\.queueMicroseconds), family: "queue_time_seconds", unit: .microseconds),
    ServerMetric(
      "compute_time_total_microseconds", "Time that batches took to compute, added up.",
      .counter(\.computeMicroseconds), family: "compute_time_seconds", unit: .microseconds),
    ServerMetric(
      "loop_turn_longest_microseconds",
      "Processor time of the longest turn of an event loop, of one turn in eight.",
      .gauge { figures, _ in
        figures.loops.map(\.longestTurnMicroseconds.count).max() ?? 0
      }, family: "loop_turn_longest_seconds", unit: .microseconds),
    ServerMetric("received_bytes", "Bytes received.", \.bytesReceived, unit: .bytes),
    ServerMetric(
      "memory_held_bytes", "Memory of connections, unsent answers and bodies, as it is counted.",
      .gauge { figures, _ in figures.sum(\.memoryHeldBytes) }, family: "memory_held_bytes",
      unit: .bytes),
    ServerMetric(
      "resident_bytes", "Memory that is resident.", .gauge { $0.residentByteCount(now: $1) },
      family: nil),
    ServerMetric(
      "heap_allocated_bytes",
      "Memory taken from the allocator in blocks that are not large, as far as it is resident.",
      .gauge { $0.heapByteCount(now: $1) }, family: "heap_allocated_bytes", unit: .bytes),
  ]
}
