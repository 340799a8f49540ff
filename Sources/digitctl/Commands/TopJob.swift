import Arguments
import DigitWire
import ProgramShell

/// `digitctl top`: what a server is doing right now.
struct TopJob: Job {
  struct Options: NamesServer, Sendable {
    var server = ServerOptions()
    var interval = Duration.seconds(1)
  }

  let options: Options

  func run() async throws -> ExitCode {
    try await StatsWatch(server: options.server, interval: options.interval).run {
      show($0, since: $1)
    }
  }

  private func show(_ stats: StatsReply, since earlier: StatsReply?) {
    let figures = Figures(stats, since: earlier)
    let activity = Activity(figures)
    clearScreen()
    say(fitted: "\(options.server.address), up \(uptimeText(seconds: figures.uptimeSeconds))")
    say(fitted: activity.text)
    say("")
  }

  static var command: Command<any Job> {
    Command(
      "top", summary: "Watch what a server is doing.",
      discussion: """
        Rates over the last interval, the mean batch size and the mean number of busy workers. \
        'stats --watch' shows every figure. Ctrl-C ends the watch.

        Exit status: 0 if the server was there at the end; 1 otherwise.
        """,
      defaults: Options(),
      parameters: [
        .option(
          "--interval", into: \.interval, value: "TIME",
          in: .milliseconds(10)...(.seconds(3_600)), help: "Time between two readings.")
      ] + Options.serverParameters,
      make: TopJob.init)
  }
}
