import Arguments
import DigitClient
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
        try show(Figures($0, since: $1))
      }
    }
    let client = try await options.server.connect()
    let figures = Figures(try await client.stats(), since: nil)
    await client.close()
    try show(figures)
    return .done
  }

  private func show(_ figures: Figures) throws {
    if options.json { return try printJSON(figures) }
    if options.watch != nil { clearScreen() }
    say(fitted: "\(options.server.address), up \(uptimeText(seconds: figures.uptimeSeconds))")
    say(fitted: figures.text)
    if options.watch != nil { say("") }
  }

  static var command: Command<any Job> {
    Command(
      "stats", summary: "Show a server's figures.",
      discussion: """
        With --watch counters have their rate beside them; a server that goes away is reported \
        and retried. Ctrl-C ends the watch.

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
