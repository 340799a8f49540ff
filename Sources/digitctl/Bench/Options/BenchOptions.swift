import Arguments
import DigitLoad
import Measure

/// What one may say to `digitctl bench`, beside which server and which images.
enum BenchOptions {
  static let http = BenchOption<Bool>("--http")
  static let model = BenchOption<String>("--model")
  static let data = BenchOption<InventedImages>("--data")
  static let batch = BenchOption<Int>("--batch")
  static let connections = BenchOption<Int>("--connections")
  static let pipeline = BenchOption<Int>("--pipeline")
  static let threads = BenchOption<Int>("--threads")
  static let duration = BenchOption<Duration>("--duration")
  static let requests = BenchOption<Int>("--requests")
  static let warmUp = BenchOption<Duration>("--warmup")
  static let deadline = BenchOption<Duration>("--deadline")
  static let timeout = BenchOption<Duration>("--timeout")
  static let reconnect = BenchOption<Bool>("--reconnect")

  static let rate = BenchOption<Double>("--rate")
  static let arrivals = BenchOption<ArrivalSchedule.Spacing>("--arrivals")
  static let seed = BenchOption<UInt64>("--seed")
  static let ramp = BenchOption<Ramp>("--ramp")
  static let trace = BenchOption<String>("--trace")
  static let lateAfter = BenchOption<Duration>("--late-after")
  static let lateShare = BenchOption<Double>("--late-share")

  static let scenario = BenchOption<Scenario>("--scenario")
  static let sweep = BenchOption<SweepAxis>("--sweep")
  static let findMaxRate = BenchOption<Bool>("--find-max-rate")
  static let slo = BenchOption<ServiceLevel>("--slo")
  static let repeats = BenchOption<Int>("--repeats")
  static let precision = BenchOption<Double>("--precision")

  static let balance = BenchOption<Bool>("--balance")
  static let pair = BenchOption<Bool>("--pair")
  static let rounds = BenchOption<Int>("--rounds")
  static let tolerance = BenchOption<Double>("--tolerance")

  static let interval = BenchOption<Duration>("--interval")
  static let csv = BenchOption<String>("--csv")
  static let report = BenchOption<String>("--report")
  static let json = BenchOption<Bool>("--json")

  /// What an option goes with that not every mode has a use for.
  static let requirements: [String: String] = [
    arrivals.name: "--rate, --ramp, --sweep rate or --find-max-rate",
    lateAfter.name: schedules, lateShare.name: schedules,
    slo.name: "one load, --scenario, --sweep or --find-max-rate: --pair compares two servers",
    reconnect.name: "one load: it is what goes on over a restart",
    repeats.name: "--find-max-rate", precision.name: "--find-max-rate",
    rounds.name: "--pair", tolerance.name: "--pair",
    csv.name: "one load or --scenario: it has a line for each interval of one load",
    report.name: "one load, --scenario or --sweep",
    rate.name: schedules, ramp.name: schedules, trace.name: schedules,
  ]

  private static let schedules =
    "a schedule: --rate, --ramp, --trace, --sweep rate or --find-max-rate"
}

extension Parameter where Options == GivenOptions {
  /// An option that some modes take; help names its default.
  static func bench<Value: ArgumentValue & Sendable>(
    _ option: BenchOption<Value>, value: String, standard: Value? = nil, help: String
  ) -> Self {
    .option(
      option.name, into: \.[option], value: value, help: describe(help, standard))
  }

  static func bench<Value: ArgumentValue & Comparable & Sendable>(
    _ option: BenchOption<Value>, value: String, in range: ClosedRange<Value>,
    standard: Value? = nil, help: String
  ) -> Self {
    .option(
      option.name, into: \.[option], value: value, in: range, help: describe(help, standard))
  }

  static func bench(_ flag: BenchOption<Bool>, help: String) -> Self {
    .flag(flag.name, into: \.[flag: flag], help: help)
  }

  private static func describe(_ help: String, _ standard: (any ArgumentValue)?) -> String {
    standard.map { "\(help) (default: \($0.argument))" } ?? help
  }
}
