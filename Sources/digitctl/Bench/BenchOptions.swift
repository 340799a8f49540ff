import Arguments
import DigitLoad
import Measure

/// What one may say to `digitctl bench`.
struct BenchOptions: NamesServer, NamesImages, Sendable {
  var server = ServerOptions()
  var images = ImageOptions()
  var model: String?
  var batch = 1
  var connections = 1
  var pipeline = 1
  var threads = 1
  var duration: Duration?
  var requests: Int?
  /// One second unless given; none before a trace.
  var warmUp: Duration?
  var deadline: Duration?

  var rate: Double?
  var arrivals = ArrivalSchedule.Spacing.constant
  var seed: UInt64 = 1
  var ramp: Ramp?
  var trace: String?
  var lateAfter = Duration.milliseconds(1)
  var lateShareMax = 0.01

  var scenario: Scenario?

  var sweep: SweepAxis?
  var findMaxRate = false
  var slo: ServiceLevel?
  var repeats = 3
  var precision = 0.05

  var pair = false
  var servers: [String] = []
  var rounds = 20
  var tolerance = 0.02

  var interval = Duration.seconds(1)
  var csv: String?
  var report: String?
  var json = false

  /// The options that the command line gives, by their names.
  var given: Set<String> = []
}

extension BenchOptions {
  static var parameters: [Parameter<BenchOptions>] {
    allParameters.map { $0.noted(in: \.given) }
  }

  private static var allParameters: [Parameter<BenchOptions>] {
    loadParameters + openLoopParameters.map { $0.under("Open loop") }
      + searchParameters.map { $0.under("Scenarios and searches") }
      + pairParameters.map { $0.under("Comparing two servers") }
      + outputParameters.map { $0.under("Output") }
      + addressParameters + imageParameters
  }

  private static var loadParameters: [Parameter<BenchOptions>] {
    [
      .option(
        "--model", into: \.model, value: "NAME", help: "The server's default unless given."),
      .option("--batch", into: \.batch, value: "N", in: 1...65_535, help: "Images in a request."),
      .option(
        "--connections", into: \.connections, value: "N", in: 1...10_000,
        help: "Connections to the server."),
      .option(
        "--pipeline", into: \.pipeline, value: "N", in: 1...4_096,
        help: "Requests in flight on each connection, at most."),
      .option(
        "--threads", into: \.threads, value: "N", in: 1...256,
        help: "Threads that share the connections."),
      .option(
        "--duration", into: \.duration, value: "TIME", in: .milliseconds(1)...(.seconds(86_400)),
        help:
          "How long to measure; unless given 5s, or as many requests as --requests says, 600s with "
          + "--scenario, 2s a try with --find-max-rate."),
      .option(
        "--requests", into: \.requests, value: "N", in: 1...1_000_000_000_000,
        help:
          "How many requests to measure; with --scenario at least so many, and MLPerf's number "
          + "unless given."),
      .option(
        "--warmup", into: \.warmUp, value: "TIME", in: .zero...(.seconds(3_600)),
        help: "How long to send before measuring; 1s, and 0s with --trace."),
      .option(
        "--deadline", into: \.deadline, value: "TIME", in: .milliseconds(1)...(.seconds(3_600)),
        help: "Requests end as timed out this long after their sending; none unless given."),
    ]
  }

  private static var openLoopParameters: [Parameter<BenchOptions>] {
    [
      .option(
        "--rate", into: \.rate, value: "R", in: RateProfile.rates,
        help: "Send R requests a second, whatever becomes of them."),
      .option(
        "--arrivals", into: \.arrivals, value: "KIND",
        help: "constant or poisson: how requests are spaced."),
      .option("--seed", into: \.seed, value: "N", help: "Fixes what is drawn at random."),
      .option(
        "--ramp", into: \.ramp, value: "A:B:TIME",
        help: "Rise, or fall, from A to B requests a second over a time."),
      .option(
        "--trace", into: \.trace, value: "FILE",
        help: "Send at the file's offsets: seconds from the start, one a line, in order."),
      .option(
        "--late-after", into: \.lateAfter, value: "TIME",
        in: .microseconds(1)...(.seconds(3_600)),
        help: "A request sent later than this was late."),
      .option(
        "--late-share", into: \.lateShareMax, value: "PART", in: 0...1,
        help: "The run is invalid where more were late than this part."),
    ]
  }

  private static var searchParameters: [Parameter<BenchOptions>] {
    [
      .option(
        "--scenario", into: \.scenario, value: "NAME",
        help: "As MLPerf Inference: single-stream, multi-stream, server or offline."),
      .option(
        "--sweep", into: \.sweep, value: "AXIS=N,N,…",
        help: "One load for each value of concurrency, rate or batch."),
      .flag(
        "--find-max-rate", into: \.findMaxRate,
        help: "Look for the highest rate that keeps --slo, beginning at --rate or at 100."),
      .option(
        "--slo", into: \.slo, value: "STAT<TIME",
        help:
          "The bound to keep, such as 'p99<5ms'; also mean and max. Of --scenario server p99<15ms "
          + "unless given."),
      .option(
        "--repeats", into: \.repeats, value: "N", in: 1...99,
        help: "How often a search tries a rate; the majority decides."),
      .option(
        "--precision", into: \.precision, value: "PART", in: 0.001...1,
        help: "A search ends when it knows the rate so closely."),
    ]
  }

  private static var pairParameters: [Parameter<BenchOptions>] {
    [
      .flag("--pair", into: \.pair, help: "Load SERVER_A and SERVER_B in turn."),
      .positionals(
        "SERVER", into: \.servers, required: false, help: "The two servers of --pair."),
      .option(
        "--rounds", into: \.rounds, value: "N", in: BlockBootstrap.countMin...10_000,
        help: "Windows on each server; --duration is that of one, 500ms unless given."),
      .option(
        "--tolerance", into: \.tolerance, value: "PART", in: 0...10,
        help: "How much worse the second may be."),
    ]
  }

  private static var outputParameters: [Parameter<BenchOptions>] {
    [
      .option(
        "--interval", into: \.interval, value: "TIME", in: .milliseconds(10)...(.seconds(3_600)),
        help: "How long a line of progress and of --csv stands for."),
      .option("--csv", into: \.csv, value: "FILE", help: "Write a line for each interval."),
      .option(
        "--report", into: \.report, value: "DIR",
        help: "Write a page with charts into this folder."),
      .flag("--json", into: \.json, help: "Print one JSON object."),
    ]
  }
}
