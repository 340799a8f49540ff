import Arguments
import DigitLoad
import Measure

extension GivenOptions {
  static var parameters: [Parameter<GivenOptions>] {
    loadParameters + openLoopParameters.map { $0.under("Open loop") }
      + modeParameters.map { $0.under("Scenarios and searches") }
      + pairParameters.map { $0.under("Comparing two servers") }
      + outputParameters.map { $0.under("Output") }
      + addressesParameters.map { $0.noted(in: \.named) } + imageParameters
  }

  private static var loadParameters: [Parameter<GivenOptions>] {
    [
      .bench(
        BenchOptions.http,
        help: "Send the load over HTTP: servers are digitd's --http ports (default: "
          + "\(LoadSettings.usualHTTPAddress))"),
      .bench(BenchOptions.model, value: "NAME", help: "Model (default: the server's)"),
      .bench(
        BenchOptions.data, value: "KIND",
        help: "Send invented pixels instead of images, random or zero, and compare no answer "
          + "(default: the images below)"),
      .bench(
        BenchOptions.batch, value: "N", in: 1...65_535, standard: 1,
        help: "Images in a request"),
      .bench(
        BenchOptions.connections, value: "N", in: 1...10_000, standard: 1,
        help: "Connections to each server"),
      .bench(
        BenchOptions.pipeline, value: "N", in: 1...4_096, standard: 1,
        help: "Most requests in flight on each connection"),
      .bench(
        BenchOptions.threads, value: "N", in: 1...256,
        help: "Threads that share the connections (default: one for each server)"),
      .bench(
        BenchOptions.duration, value: "TIME", in: .milliseconds(1)...(.seconds(86_400)),
        help:
          "How long to measure (default: 5s; 600s with --scenario, 2s a try with --find-max-rate, "
          + "500ms a window with --pair)"),
      .bench(
        BenchOptions.requests, value: "N", in: 1...1_000_000_000_000,
        help:
          "Measure so many requests instead; with --scenario at least so many (default there: "
          + "MLPerf's)"),
      .bench(
        BenchOptions.warmUp, value: "TIME", in: .zero...(.seconds(3_600)),
        help: "How long to send before measuring (default: 1s; 0s with --trace, 50ms with --pair)"),
      .bench(
        BenchOptions.deadline, value: "TIME", in: .milliseconds(1)...(.seconds(3_600)),
        help: "Requests time out this long after they were sent (default: never)"),
      .bench(
        BenchOptions.timeout, value: "TIME", in: .milliseconds(1)...(.seconds(3_600)),
        standard: LoadSettings.usualTimeout,
        help: "Give up when connecting or the next answer takes longer"),
      .bench(
        BenchOptions.balance,
        help: "Send a schedule as the library's pool does: each request to the less busy of two "
          + "connections, and again over another one where one fails"),
      .bench(
        BenchOptions.reconnect,
        help: "Go on over a server's restart: connect anew, send again what was lost, and tell "
          + "each outage"),
    ]
  }

  private static var openLoopParameters: [Parameter<GivenOptions>] {
    [
      .bench(
        BenchOptions.rate, value: "R", in: RateProfile.rates,
        help: "Send R requests a second, whatever becomes of them"),
      .bench(
        BenchOptions.arrivals, value: "KIND", standard: .constant,
        help: "How requests are spaced: constant or poisson"),
      .bench(BenchOptions.seed, value: "N", standard: 1, help: "Random seed"),
      .bench(
        BenchOptions.ramp, value: "A:B:TIME",
        help: "Change the rate from A to B requests a second over a time"),
      .bench(
        BenchOptions.trace, value: "FILE",
        help: "Send at the file's offsets: seconds from the start, one a line, in order"),
      .bench(
        BenchOptions.lateAfter, value: "TIME", in: .microseconds(1)...(.seconds(3_600)),
        help: "A request sent later than this is late (default: 1ms; with --slo its bound)"),
      .bench(
        BenchOptions.lateShare, value: "FRACTION", in: 0...1, standard: 0.01,
        help: "The run is invalid if more than this fraction of the requests is late"),
    ]
  }

  private static var modeParameters: [Parameter<GivenOptions>] {
    [
      .bench(
        BenchOptions.scenario, value: "NAME",
        help: "As MLPerf Inference: single-stream, multi-stream, server or offline"),
      .bench(
        BenchOptions.sweep, value: "AXIS=N,N,…",
        help: "One load for each value of concurrency, rate or batch"),
      .bench(
        BenchOptions.findMaxRate,
        help: "Look for the highest rate that keeps --slo, starting at --rate (default: 100)"),
      .bench(
        BenchOptions.slo, value: "STAT<TIME",
        help: "Latency bound, such as 'p99<5ms'; also mean and max (default with --scenario "
          + "server: \(ScenarioBench.usualBound.argument))"),
      .bench(
        BenchOptions.repeats, value: "N", in: 1...99, standard: 3,
        help: "Valid tries of each rate in a search; the majority decides"),
      .bench(
        BenchOptions.precision, value: "FRACTION", in: 0.001...1, standard: 0.05,
        help: "Stop the search at this relative precision"),
    ]
  }

  private static var pairParameters: [Parameter<GivenOptions>] {
    [
      .bench(BenchOptions.pair, help: "Load two servers in turn and compare them"),
      .positionals(
        "SERVER", into: \.servers, required: false, help: "The two servers of --pair"
      ).withoutFiles(),
      .bench(
        BenchOptions.rounds, value: "N", in: BlockBootstrap.countMin...10_000, standard: 20,
        help: "Windows on each server"),
      .bench(
        BenchOptions.tolerance, value: "FRACTION", in: 0...10, standard: 0.02,
        help: "How much worse the second may be"),
    ]
  }

  private static var outputParameters: [Parameter<GivenOptions>] {
    [
      .bench(
        BenchOptions.interval, value: "TIME", in: .milliseconds(10)...(.seconds(3_600)),
        standard: .seconds(1), help: "The time that a line of progress and of --csv covers"),
      .bench(BenchOptions.csv, value: "FILE", help: "Write a line for each interval"),
      .bench(BenchOptions.report, value: "DIR", help: "Write a page with charts to this folder"),
      .bench(BenchOptions.json, help: "Print one JSON object"),
    ]
  }
}
