import Arguments
import DigitLoad
import EventLoop
import PlainText

/// `digitctl bench`: how much a server does under a closed loop of requests, and how fast.
struct BenchJob: Job {
  struct Options: NamesServer, NamesImages, Sendable {
    var server = ServerOptions()
    var images = ImageOptions()
    var model: String?
    var batch = 1
    var connections = 1
    var pipeline = 1
    var duration: Duration?
    var requests: Int?
    var warmUp = Duration.seconds(1)
    var json = false
  }

  let options: Options

  func run() async throws -> ExitCode {
    let plan = try plan()
    let images = try options.images.load()
    let outcome: LoadOutcome
    do {
      outcome = try LoadSession.run(
        plan, pixels: images.pixels, labels: images.labels)
    } catch {
      throw explained(error)
    }
    let report = BenchReport(outcome, plan: plan)
    if options.json { try printJSON(report) } else { print(report.text) }
    return judge(outcome)
  }

  private func plan() throws -> LoadPlan {
    guard options.duration == nil || options.requests == nil else {
      throw UsageError(
        .refused("expected --duration or --requests, got both"), command: "digitctl bench")
    }
    var plan: LoadPlan
    do {
      plan = LoadPlan(server: try SocketAddress(parsing: options.server.address))
    } catch {
      throw UsageError(.refused("\(error)"), command: "digitctl bench")
    }
    plan.token = try options.server.token
    plan.model = options.model
    plan.batch = options.batch
    plan.connections = options.connections
    plan.pipeline = options.pipeline
    plan.warmUp = options.warmUp
    if let duration = options.duration { plan.extent = .time(duration) }
    if let requests = options.requests { plan.extent = .requests(requests) }
    return plan
  }

  private func explained(_ error: LoadError) -> any Error {
    guard case .connectFailed = error else { return error }
    return Failure("\(error). \(options.server.whatToDo)")
  }

  private func judge(_ outcome: LoadOutcome) -> ExitCode {
    if outcome.isLimitedByClient {
      complain(
        "digitctl: the client itself was busy for \(percent(outcome.client.busy)) of the time: "
          + "these figures are its limit, not the server's")
    }
    guard !outcome.isComplete else { return .done }
    let parts = [outcome.tallies.warmUp, outcome.measured]
    let trouble = outcome.firstTrouble.map { "; a connection ended: \($0)" } ?? ""
    complain(
      "digitctl: expected an answer to each of \(parts.map(\.sent).reduce(0, +)) requests, got "
        + "\(parts.map(\.answered).reduce(0, +)); \(parts.map(\.refused).reduce(0, +)) were "
        + "refused and \(parts.map(\.lost).reduce(0, +)) lost\(trouble)")
    return .failed
  }
}

extension BenchJob {
  static var command: Command<any Job> {
    Command(
      "bench", summary: "Load a server and measure it.",
      discussion: """
        A closed loop: every answer is followed by the next request, so that there are always
        connections × pipeline requests under way. Latencies run from handing a request to the
        system to reading its answer. Every answer is compared with the image's label.

        Exit status: 0 every request was answered; 1 otherwise, and where no answer came at all.

        Example:
          digitctl bench --connections 8 --pipeline 8 --duration 10s
        """,
      defaults: Options(),
      parameters: ownParameters + Options.serverParameters + Options.imageParameters,
      make: BenchJob.init)
  }

  private static var ownParameters: [Parameter<Options>] {
    [
      .option(
        "--model", into: \.model, value: "NAME", help: "The server's default unless given."),
      .option("--batch", into: \.batch, value: "N", in: 1...65_535, help: "Images in a request."),
      .option(
        "--connections", into: \.connections, value: "N", in: 1...10_000,
        help: "Connections to the server."),
      .option(
        "--pipeline", into: \.pipeline, value: "N", in: 1...4_096,
        help: "Requests in flight on each connection."),
      .option(
        "--duration", into: \.duration, value: "TIME", in: .milliseconds(1)...(.seconds(86_400)),
        help: "How long to measure; 5s unless --requests is given."),
      .option(
        "--requests", into: \.requests, value: "N", in: 1...1_000_000_000_000,
        help: "How many requests to measure."),
      .option(
        "--warmup", into: \.warmUp, value: "TIME", in: .zero...(.seconds(3_600)),
        help: "How long to send before measuring."),
      .flag("--json", into: \.json, help: "Print one JSON object."),
    ]
  }
}
