import EventLoop

/// A load as MLPerf Inference defines it, and the one figure it is run for.
///
/// Requests are queries, images are samples, and samples are drawn at random with fixed seeds.
/// Durations and samples are those of the rules (inference_rules.adoc, "Scenarios"), numbers of
/// queries those of Reddi et al., "MLPerf Inference Benchmark", 2020, table V: the rules' early
/// stopping, which needs fewer, is not done here.
package enum Scenario: String, CaseIterable, Sendable {
  /// One sample, then the next: the 90th percentile of latency.
  case singleStream = "single-stream"
  /// Eight samples, then the next eight: the 99th percentile of latency.
  case multiStream = "multi-stream"
  /// Samples that arrive as a Poisson process: whether the 99th percentile keeps its bound.
  case server
  /// As many samples as the server takes: samples a second.
  case offline

  package static let seed: UInt64 = 1
  package static let minimumTime = Duration.seconds(600)

  package var minimumQueries: Int {
    switch self {
    case .singleStream: 1_024
    case .multiStream, .server: 270_336
    case .offline: 1
    }
  }

  package static let offlineSamplesMin = 24_576

  /// What its figure is taken at; nil where it is a rate.
  package var percentile: Double? {
    switch self {
    case .singleStream: 0.9
    case .multiStream, .server: 0.99
    case .offline: nil
    }
  }

  /// What the scenario leaves to choose.
  package struct Choices: Sendable {
    /// Instead of the rules' minima, for runs that are not compared with others'.
    package var time: Duration?
    package var queries: Int?
    /// Of the server scenario, queries a second.
    package var rate = 0.0
    /// Of the offline scenario, samples in a request.
    package var batch = 64
    package var seed = Scenario.seed

    package init() {}
  }

  /// Makes of `plan` the scenario's load; connections and the pipeline stay as they are where the
  /// scenario does not say.
  package func shape(_ plan: inout LoadPlan, _ choices: Choices) {
    plan.order = .random(seed: choices.seed)
    plan.pacing = .closedLoop
    var queries = choices.queries ?? minimumQueries
    switch self {
    case .singleStream: (plan.batch, plan.connections, plan.pipeline) = (1, 1, 1)
    case .multiStream: (plan.batch, plan.connections, plan.pipeline) = (8, 1, 1)
    case .server:
      plan.batch = 1
      plan.pacing = .openLoop(.steady(choices.rate, spacing: .poisson, seed: choices.seed))
    case .offline:
      plan.batch = choices.batch
      let all = (Self.offlineSamplesMin + plan.batch - 1) / plan.batch
      queries = choices.queries ?? all
    }
    plan.extent = .atLeast(requests: queries, time: choices.time ?? Self.minimumTime)
  }
}

/// What a scenario found.
package struct ScenarioResult: Sendable, Equatable {
  package enum Figure: Sendable, Equatable {
    case latency(percentile: Double, microseconds: Double)
    case samplesPerSecond(Double)
    /// The rate that was sent, and whether latency kept its bound and every query its answer.
    case poissonRate(Double, isKept: Bool)
  }

  package let figure: Figure
  /// Whether there were at least as many queries and as much time as the rules require.
  package let hasFullLength: Bool

  package init(_ scenario: Scenario, _ outcome: LoadOutcome, plan: LoadPlan, bound: ServiceLevel) {
    let measured = outcome.measured
    switch scenario {
    case .singleStream, .multiStream:
      let percentile = scenario.percentile ?? 1
      figure = .latency(
        percentile: percentile,
        microseconds: Double(measured.latencies.percentileNanoseconds(percentile)) / 1_000)
    case .server:
      var rate = 0.0
      if case .openLoop(.rate(let profile, _, _)) = plan.pacing { rate = profile.to }
      figure = .poissonRate(rate, isKept: bound.isMet(by: outcome))
    case .offline: figure = .samplesPerSecond(outcome.imagesPerSecond)
    }
    var isLong = outcome.measured.sent >= scenario.minimumQueries
    if scenario == .offline { isLong = measured.images >= Scenario.offlineSamplesMin }
    hasFullLength = isLong && outcome.sendingSeconds >= Scenario.minimumTime / .seconds(1)
  }
}
