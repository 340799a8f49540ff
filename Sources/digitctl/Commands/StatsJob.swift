import Arguments
import DigitClient
import DigitTop
import DigitWire
import ProgramShell

/// `digitctl stats`: the server's own figures, once or with their rates.
struct StatsJob: Job {
  struct Options: NamesServer, Sendable {
    var server = ServerOptions()
    var watch: Duration?
    var json = false
  }

  let options: Options

  func run() async throws -> ExitCode {
    if let interval = options.watch {
      return try await StatsWatch(server: options.server, interval: interval).run {
        try show($0, since: $1)
      }
    }
    let client = try await options.server.connect()
    let stats = try await client.stats()
    await client.close()
    try show(stats, since: nil)
    return .done
  }

  private func show(_ stats: StatsReply, since earlier: StatsReply?) throws {
    let figures = Figures(stats, since: earlier)
    if options.json { return try printJSON(figures) }
    if options.watch != nil { clearScreen() }
    say(fitted: "\(options.server.address), up \(uptimeText(seconds: figures.uptimeSeconds))")
    say(fitted: figures.text)
    say(fitted: ModelStatisticsTable(models: stats.models, earlier: earlier?.models).text)
    if options.watch != nil { say("") }
  }

  static var command: Command<any Job> {
    Command(
      "stats", summary: "Show a server's figures.",
      discussion: """
        Latencies of models are rounded up to the bounds of the server's histograms. They and \
        all counters are since the server began. With --watch counters have their rate beside \
        them, and latencies are those of the interval; a server that goes away is reported and \
        retried. Ctrl-C ends the watch.

        Exit status: 0 done, with --watch if the server was there at the end; 1 otherwise.
        """,
      defaults: Options(),
      parameters: [
        .option(
          "--watch", into: \.watch, optionalValue: "INTERVAL", alone: .seconds(1),
          in: .milliseconds(10)...(.seconds(3_600)), help: "Repeat at this interval, with rates."),
        .flag("--json", into: \.json, help: "Print JSON, one object for each reading."),
      ] + Options.serverParameters,
      make: StatsJob.init)
  }
}
