import Arguments
import DigitClient
import Measure

/// `digitctl ping`: how long the way to the server and back takes.
struct PingJob: Job {
  struct Options: NamesServer, Sendable {
    var server = ServerOptions()
    var count = 4
  }

  let options: Options

  func run() async throws -> ExitCode {
    let client = try await options.server.connect()
    var latencies = LatencyHistogram()
    for number in 1...options.count {
      let start = ContinuousClock.now
      try await client.ping()
      let latency = ContinuousClock.now - start
      latencies.record(latency)
      print("\(number): \(latencyText(microseconds: latency.microseconds))")
    }
    print("\(options.server.address): \(LatencySummary(latencies))")
    await client.close()
    return .done
  }

  static var command: Command<any Job> {
    Command(
      "ping", summary: "Measure the round trip to a server.",
      defaults: Options(),
      parameters: [
        .option("--count", into: \.count, value: "N", in: 1...1_000_000, help: "How many times.")
      ] + Options.serverParameters,
      make: PingJob.init)
  }
}
