import Arguments
import DigitClient
import Measure
import ProgramShell

/// `digitctl ping`: how long the way to the server and back takes.
struct PingJob: Job {
  struct Options: NamesServer, Sendable {
    var server = ServerOptions()
    var count: Int?
    var watch: Duration?
    var json = false
  }

  let options: Options

  func run() async throws -> ExitCode {
    if let interval = options.watch { return try await watch(every: interval) }
    let client = try await options.server.connect()
    var round = PingRound(options)
    for _ in 1...(options.count ?? 4) {
      let start = ContinuousClock.now
      try await client.ping()
      try round.record(ContinuousClock.now - start)
    }
    await client.close()
    try round.sumUp()
    return .done
  }

  /// Done where the last ping was answered.
  private func watch(every interval: Duration) async throws -> ExitCode {
    try await Interruption.watch().cancelling { [options] in
      var server = try await WatchedServer(options.server)
      var round = PingRound(options)
      var beat = Beat(every: interval)
      var isAnswered = false
      do {
        while round.sent < options.count ?? .max {
          if round.sent > 0 { try await beat.wait() }
          isAnswered = try await Self.ping(&server, &round)
        }
      } catch is CancellationError {}
      await server.close()
      try round.sumUp()
      return isAnswered ? .done : .failed
    }
  }

  private static func ping(
    _ server: inout WatchedServer, _ round: inout PingRound
  ) async throws -> Bool {
    var isReconnected = false
    let answer = try await server.ask(
      { client in
        let start = ContinuousClock.now
        try await client.ping()
        return ContinuousClock.now - start
      }, reconnected: { isReconnected = true })
    switch answer {
    case .value(let latency):
      try round.record(latency, reconnected: isReconnected)
      return true
    case .nothing(let reason):
      try round.recordNothing(reason)
      return false
    }
  }
}

extension PingJob {
  static var command: Command<any Job> {
    Command(
      "ping", summary: "Measure the round trip to a server.",
      discussion: """
        With --watch a ping that finds no server is reported, and the next one reconnects; Ctrl-C \
        ends the watch with the summary.

        Exit status: 0 if every ping was answered, with --watch the last one; 1 otherwise.
        """,
      defaults: Options(),
      parameters: [
        .option(
          "--count", into: \.count, value: "N", in: 1...1_000_000,
          help: "Number of pings. (default: 4; with --watch unlimited)"),
        .option(
          "--watch", into: \.watch, optionalValue: "INTERVAL", alone: .seconds(1),
          in: .milliseconds(10)...(.seconds(3_600)),
          help: "Ping at this interval until interrupted."),
        .flag(
          "--json", into: \.json, help: "Print JSON: one object for each ping, then the summary."),
      ] + Options.serverParameters,
      make: PingJob.init)
  }
}
