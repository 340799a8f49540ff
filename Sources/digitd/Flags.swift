import Arguments
import DigitServer
import EventLoop
import Foundation
import ProgramShell

/// What digitd is told on its command line.
struct Flags {
  var addresses: [SocketAddress] = []
  var models = "Models"
  var defaultModel: String?
  var precisions: [PrecisionRule] = []
  var workers = ProcessInfo.processInfo.activeProcessorCount
  var loops = 1
  var pinsWorkers = false
  var batch = 64
  var inlineBudget = ServerLimits().inlineBudget
  var tokenFile: String?
  var drainGrace = Duration.seconds(30)
  var logLevel = LogLevel.info

  static var command: Command<Flags> {
    Command(
      "digitd", version: "0.1.0",
      summary: "Serve handwritten-digit networks over the Digits protocol.",
      discussion: """
        Stops on SIGTERM or SIGINT when everything in flight is answered; a second signal stops it \
        at once.

        DIGITS_ISA=avx512, avx2 or baseline in the environment forces an instruction set; the best \
        that the processor has where not given.

        Exit codes: 0 stopped with every request answered; 1 stopped before that, or could not
        listen; 2 the command line or a model cannot be used.
        """,
      defaults: Flags(),
      parameters: [
        .options(
          "--listen", into: \.addresses, value: "ADDRESS",
          help: "Where to listen: HOST:PORT, where port 0 lets the system choose, or unix:PATH "
            + "(default: 127.0.0.1:7311)."),
        .option(
          "--models", into: \.models, value: "DIR", help: "The folder of *.safetensors to serve."),
        .option(
          "--default-model", into: \.defaultModel, value: "NAME",
          help: "What requests get that name no model; the first by name where not given."),
        .options(
          "--precision", into: \.precisions, value: "[NAME=]PRECISION",
          help: "The numbers that models compute with: f32, bf16 or int8; f32 where not given. "
            + "With NAME= it is for that model, whatever is said for all."),
        .option(
          "--workers", into: \.workers, value: "N", in: 1...1_024, help: "Inference threads."),
        .option(
          "--loops", into: \.loops, value: "N", in: ServerLimits.loopRange,
          help: "Event loops, each on a thread of its own; one serves what a few cores compute."),
        .flag(
          "--pin-workers", into: \.pinsWorkers,
          help: "Keep each worker on a processor of its own, as far as there are enough; the last "
            + "processor first, for the event loop often runs on the first."),
        .option(
          "--batch", into: \.batch, value: "N", in: ServerLimits.imagesPerBatchRange,
          help: "Images that a worker computes in one go at most."),
        .option(
          "--inline-budget", into: \.inlineBudget, value: "TIME",
          help: "Requests that arrive together and take no longer are computed on the event loop "
            + "instead of waking a worker; 0s sends all to the workers."),
        .option(
          "--token-file", into: \.tokenFile, value: "FILE",
          help: "Clients must say the token in this file."),
        .option(
          "--drain-grace", into: \.drainGrace, value: "TIME",
          help: "How long a stop waits for what is in flight."),
        .option(
          "--log-level", into: \.logLevel, value: "LEVEL", help: "The least that is logged."),
      ])
  }

  func configuration() throws -> Server.Configuration {
    var configuration = Server.Configuration(
      addresses: addresses.isEmpty ? [Self.defaultAddress] : addresses, workers: workers)
    if pinsWorkers { configuration.workerProcessors = Processors.allowed.reversed() }
    configuration.loops = loops
    configuration.limits.imagesPerBatchMax = batch
    configuration.limits.inlineBudget = inlineBudget
    configuration.limits.drainGrace = drainGrace
    configuration.defaultModel = defaultModel
    if let tokenFile { configuration.token = try TokenFile.read(tokenFile) }
    return configuration
  }

  /// - Throws: where an option names a model that is not among `models`.
  func checkNames(among models: [String]) throws(Misuse) {
    let named =
      [("--default-model", defaultModel)] + precisions.map { ("--precision", $0.model) }
    for case (let option, let name?) in named where !models.contains(name) {
      throw Misuse(
        "expected \(option) to name one of \(models.joined(separator: ", ")), got '\(name)'")
    }
  }

  private static let defaultAddress = SocketAddress.internet(host: "127.0.0.1", port: 7_311)
}

enum LogLevel: String, CaseIterable, ArgumentValue {
  case debug, info, warning, error

  var level: Log.Level {
    switch self {
    case .debug: .debug
    case .info: .info
    case .warning: .warning
    case .error: .error
    }
  }
}

extension PrecisionRule: ArgumentValue {
  package static var kind: String { "f32, bf16 or int8, alone or after NAME=" }
  package init?(argument: String) { self.init(parsing: argument) }
  package var argument: String { (model.map { "\($0)=" } ?? "") + precision.rawValue }
}

extension SocketAddress: ArgumentValue {
  package static var kind: String { "HOST:PORT or unix:PATH" }
  package init?(argument: String) { try? self.init(parsing: argument) }
  package var argument: String { description }
}
