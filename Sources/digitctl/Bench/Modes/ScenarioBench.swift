import DigitLoad
import Measure
import ProgramShell

/// `--scenario`: one of MLPerf Inference's loads, and its figure.
struct ScenarioBench: Sendable {
  let scenario: Scenario
  let load: LoadBench
  let bound: ServiceLevel

  /// MLPerf Inference's own bound for image classification on a server.
  static let usualBound = ServiceLevel(.percentile(0.99), below: .milliseconds(15))

  /// - Throws: `Misuse`.
  init(_ scenario: Scenario, _ given: inout GivenOptions) throws {
    self.scenario = scenario
    try Self.refuseSettled(scenario, given)
    var choices = Scenario.Choices()
    choices.time = given.take(BenchOptions.duration)
    choices.queries = given[BenchOptions.requests]
    choices.seed = given.take(BenchOptions.seed) ?? choices.seed
    if case .offline = scenario { choices.batch = given[BenchOptions.batch] ?? choices.batch }
    let level = given.take(BenchOptions.slo)
    bound = level ?? Self.usualBound
    var settings = try LoadSettings(&given)
    if case .server = scenario {
      guard let rate = given.take(BenchOptions.rate) else {
        throw Misuse("--scenario server requires --rate")
      }
      choices.rate = rate
      try settings.refuseLongDraw(given, .poisson)
      settings.takeBounds(&given, isScheduled: true, level: bound)
    }
    _ = given.take(BenchOptions.requests)
    scenario.shape(&settings.plan, choices)
    let outputs = try BenchOutputs(&given, hasIntervals: true)
    load = LoadBench(settings, outputs, level: scenario == .server ? bound : level)
  }

  /// Refuses what a scenario leaves no choice about.
  private static func refuseSettled(_ scenario: Scenario, _ given: GivenOptions) throws {
    let name = "--scenario \(scenario.rawValue)"
    switch scenario {
    case .singleStream, .multiStream:
      let images = scenario == .singleStream ? "one image" : "eight images"
      try given.refuse(
        BenchOptions.connections.name, BenchOptions.pipeline.name, BenchOptions.batch.name,
        BenchOptions.threads.name,
        because: "\(name) has one connection with one request of \(images) in flight")
    case .server:
      try given.refuse(
        BenchOptions.batch.name, BenchOptions.arrivals.name,
        because: "\(name) sends single images as a Poisson process")
    case .offline: break
    }
    let schedules = [BenchOptions.ramp.name, BenchOptions.trace.name]
    for option in schedules + (scenario == .server ? [] : [BenchOptions.rate.name]) {
      try given.refuse(option, because: "\(name) already sets when requests are sent")
    }
  }

  func run() async throws -> ExitCode {
    try await load.run { run in
      LoadBench.ScenarioFigure(
        scenario: scenario,
        result: ScenarioResult(scenario, run.outcome, plan: run.plan, bound: bound), bound: bound)
    }
  }
}
