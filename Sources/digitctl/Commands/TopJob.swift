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
    say("\(options.server.address), up \(uptimeText(seconds: figures.uptimeSeconds))")
    say(activity.text)
    say("")
  }

  static var command: Command<any Job> {
    Command(
      "top", summary: "Watch what a server is doing.",
      discussion: """
        Rates over the last interval, and what they come to: images in a batch, and how many
        workers are busy on average. 'stats --watch' shows every figure. Ctrl-C ends it.

        Exit status: 0 the server is there at the end; 1 otherwise.
        """,
      defaults: Options(),
      parameters: [
        .option(
          "--interval", into: \.interval, value: "TIME",
          in: .milliseconds(10)...(.seconds(3_600)), help: "How often to look.")
      ] + Options.serverParameters,
      make: TopJob.init)
  }
}
