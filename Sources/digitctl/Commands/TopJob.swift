import Arguments
import DigitTop
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
    let watch = StatsWatch(server: options.server, interval: options.interval)
    guard let terminal = TopTerminal(TopState(address: options.server.address)) else {
      return try await watch.run { show($0, since: $1) }
    }
    defer { terminal.close() }
    return try await Interruption.watch().withCleanup(terminal.abandon) {
      try await watch.run { stats, _ in
        terminal.change { $0.take(stats) }
      } lost: { reason in
        terminal.change { $0.lose(reason) }
      }
    }
  }

  /// Where no terminal can show one picture over another.
  private func show(_ stats: StatsReply, since earlier: StatsReply?) {
    let figures = Figures(stats, since: earlier)
    let activity = Activity(figures)
    say(fitted: "\(options.server.address), up \(uptimeText(seconds: figures.uptimeSeconds))")
    say(fitted: activity.text)
    say("")
  }

  static var command: Command<any Job> {
    Command(
      "top", summary: "Watch what a server is doing.",
      discussion: """
        On a terminal a full screen with a row for each model: images and requests a second, \
        requests that were not answered, latency percentiles of the last interval (in total and, \
        in wide terminals, in the queue and in inference), rounded up to the bounds of the \
        server's histograms, and the last readings as bars. 'q' or Ctrl-C ends it. A server that \
        goes away is asked again until it is back. Elsewhere, and with TERM=dumb, lines with the \
        rates of the whole server. NO_COLOR in the environment is respected. 'stats --watch' \
        shows every figure.

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
