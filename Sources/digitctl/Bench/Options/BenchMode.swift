import DigitLoad
import ProgramShell

/// What a command line of `bench` asks for: one value for each mode, which holds what that mode
/// needs and nothing else.
enum BenchMode: Sendable {
  case load(LoadBench)
  case scenario(ScenarioBench)
  case sweep(SweepBench)
  case search(SearchBench)
  case pair(PairBench)
  case balanced(BalancedBench)

  /// - Throws: `Misuse` where options exclude or require each other.
  init(_ options: GivenOptions) throws {
    var given = options
    try given.refuseSeveral(
      of: [
        BenchOptions.scenario.name, BenchOptions.sweep.name, BenchOptions.findMaxRate.name,
        BenchOptions.pair.name, BenchOptions.balance.name,
      ])
    guard given[flag: BenchOptions.pair] || given.servers.isEmpty else {
      throw Misuse("expected --pair before two servers, or --server before one")
    }
    if let scenario = given.take(BenchOptions.scenario) {
      self = .scenario(try ScenarioBench(scenario, &given))
    } else if let axis = given.take(BenchOptions.sweep) {
      self = .sweep(try SweepBench(axis, &given))
    } else if given.takeFlag(BenchOptions.findMaxRate) {
      self = .search(try SearchBench(&given))
    } else if given.takeFlag(BenchOptions.pair) {
      self = .pair(try PairBench(&given))
    } else if given.takeFlag(BenchOptions.balance) {
      self = .balanced(try BalancedBench(&given))
    } else {
      self = .load(try LoadBench(&given))
    }
    // Chance is free to all: where nothing is drawn the seed changes nothing.
    _ = given.take(BenchOptions.seed)
    try given.refuseRest()
  }

  func run() async throws -> ExitCode {
    switch self {
    case .load(let bench): try await bench.run()
    case .scenario(let bench): try await bench.run()
    case .sweep(let bench): try await bench.run()
    case .search(let bench): try await bench.run()
    case .pair(let bench): try await bench.run()
    case .balanced(let bench): try await bench.run()
    }
  }
}
