import Arguments
import DigitServer
import DigitWire
import EventLoop
import ProgramShell

/// digitd's options as the command line, the environment and a configuration file have them.
struct Flags {
  var addresses: [SocketAddress] = []
  var httpAddresses: [HTTPListening] = []
  var httpHosts: [String] = []
  var models = DataPlaces.ofProcess.modelsFolder
  var defaultModel: String?
  var watchesModels = false
  var precisions: [PrecisionRule] = []
  var workers = ProcessorCount.usable
  var loops = 1
  var pinsWorkers = false
  var tokens = TokenFlags()
  var unix = UnixFlags()
  var tls = TLSFlags()
  var logLevel = LogLevel.info
  var limits = ServerLimits()
  var memoryLimit: Int?
  /// What clients may send; how many bytes that makes is computed.
  var imagesPerRequestMax = ConnectionLimits().imagesPerRequestMax
  var requestsInFlightMax = ConnectionLimits().requestsInFlightMax
  var retryAfter = Duration.milliseconds(Int64(ServerLimits().retryAfterMilliseconds))
  var configurationFile: String?
  var checksConfiguration = false
  var printsConfiguration = false
  var logFormat = LogFormat.text
  var loggedFraction: Double?

  static var command: Command<LayeredOptions<Flags>> {
    Command(
      "digitd", version: productVersion,
      summary: "Serve handwritten-digit networks over the Digits protocol.",
      discussion: """
        SIGTERM or SIGINT begins a drain: the server stops when every request in flight is \
        answered, at the latest after --drain-grace; a second signal stops it at once. SIGHUP \
        reads models, certificates, tokens and the configuration file again: files of models that \
        have changed are loaded, certificates and tokens count for the connections that come then, \
        settings that may change are taken over and others logged; what cannot be used leaves what \
        there was before. SIGUSR1, SIGUSR2 and SIGALRM are logged and change nothing.

        The models folder holds NAME.safetensors, which is version 1, or \
        NAME/VERSION/model.safetensors; models.json in it names aliases of versions and the \
        default model.

        Every option may also be set by a line of the JSON object in the file that --config names \
        ("drain_grace": "20s") or by the environment (DIGITD_DRAIN_GRACE=20s; several values with \
        commas between). The command line has precedence over the environment, and that over the \
        file. Docs/server.md describes the file.

        DIGITS_ISA=avx512, avx2 or baseline in the environment forces an instruction set (default: \
        the best that the processor has).

        Exit status: 0 stopped with every request answered, or while models were loaded; 1 stopped \
        before the drain completed, or could not listen; 2 the command line or a model cannot be \
        used.
        """,
      manual: Manual(section: 8, related: ["digitctl(1)", "digitlab(1)"]),
      defaults: Flags(), parameters: parameters + limitParameters + configurationParameters,
      prefix: "DIGITD_")
  }

  private static var configurationParameters: [Parameter<Flags>] {
    let parameters: [Parameter<Flags>] = [
      .option(
        "--config", into: \.configurationFile, value: "FILE",
        help: "Configuration file: one JSON object of settings."
      ).only(on: .commandLineAndEnvironment),
      .flag(
        "--check-config", into: \.checksConfiguration,
        help: "Say whether the settings can be used, with every mistake and its place, and exit."
      ).only(on: .commandLine),
      .flag(
        "--print-config", into: \.printsConfiguration,
        help: "Print all settings as a configuration file, and exit."
      ).only(on: .commandLine),
    ]
    return parameters.map { $0.under("Configuration") }
  }

  private static var parameters: [Parameter<Flags>] {
    addressParameters + modelParameters + computingParameters + operatingParameters
  }

  private static var addressParameters: [Parameter<Flags>] {
    [
      .options(
        "--listen", into: \.addresses, value: "ADDRESS",
        help: "Address to listen on: HOST:PORT, [IPV6]:PORT or unix:PATH; port 0 lets the system "
          + "choose. (default: 127.0.0.1:7311)"),
      .options(
        "--http", into: \.httpAddresses, value: "ADDRESS",
        help: "Address to listen on for HTTP: the page, the inference interfaces and /metrics; "
          + "none turns it off. (default: 127.0.0.1:7380, none where --listen is given)"),
      .options(
        "--http-host", into: \.httpHosts, value: "NAME",
        help: "Host name that HTTP requests may use for this server, beside the addresses that it "
          + "listens on."),
    ]
  }

  private static var modelParameters: [Parameter<Flags>] {
    [
      .option(
        "--models", into: \.models, value: "DIR",
        help: "Folder of the models to serve."
      ).withDefault(DataPlaces.modelsDefault),
      .option(
        "--default-model", into: \.defaultModel, value: "NAME",
        help: "Model for requests that name none. (default: that of models.json, or the first by "
          + "name)"),
      .flag(
        "--watch", into: \.watchesModels,
        help: "Reload models when files in their folder have changed and have stayed as they are "
          + "for --watch-settle."),
      .option(
        "--watch-settle", into: \.limits.folderSettleInterval, value: "TIME",
        in: .milliseconds(10)...(.seconds(3_600)),
        help: "How long files must stay as they are before --watch has them loaded."),
      .options(
        "--precision", into: \.precisions, value: "[NAME=]PRECISION",
        help: "Numbers to compute with: f32, bf16 or int8; with NAME= for that model only, "
          + "whatever is set for all. (default: f32)"),
    ]
  }

  private static var computingParameters: [Parameter<Flags>] {
    [
      .option(
        "--workers", into: \.workers, value: "N", in: 1...1_024,
        help: "Inference threads."
      ).withDefault("as many as the affinity mask and the cgroup quota allow"),
      .option(
        "--loops", into: \.loops, value: "N", in: ServerLimits.loopRange,
        help: "Event loops, each on a thread of its own; one serves what a few cores compute."),
      .flag(
        "--pin-workers", into: \.pinsWorkers,
        help: "Pin each worker to a processor of its own, as far as there are enough, beginning "
          + "with the last: the event loop often runs on the first."),
      .option(
        "--batch", into: \.limits.imagesPerBatchMax, value: "N",
        in: ServerLimits.imagesPerBatchRange,
        help: "Maximum images in a batch."),
      .option(
        "--inline-budget", into: \.limits.inlineBudget, value: "TIME",
        help: "Compute requests that arrive together on the event loop where they take no longer "
          + "than this, instead of waking a worker; 0s sends all to the workers."),
      .option(
        "--queue-age", into: \.limits.queue.ageMax, value: "TIME",
        help: "Maximum time that a request without a deadline may wait for a worker while the "
          + "queue has not been empty for --queue-interval; 0s for no limit."),
      .option(
        "--queue-interval", into: \.limits.queue.interval, value: "TIME",
        help: "How long the queue may stand before --queue-age bounds it: shorter bursts are "
          + "worked off whatever they take."),
    ]
  }

  private static var operatingParameters: [Parameter<Flags>] {
    TokenFlags.parameters + TLSFlags.parameters + UnixFlags.parameters + [
      .option(
        "--connection-age", into: \.limits.connectionAge, value: "TIME",
        help: "Have clients connect again after this time, give or take a tenth. (default: never)"
      ).reloadable,
      .option(
        "--drain-grace", into: \.limits.drainGrace, value: "TIME",
        help: "Maximum time that a stop waits for requests in flight."
      ).reloadable,
      .option(
        "--log-level", into: \.logLevel, value: "LEVEL",
        help: "Minimum log level: debug, info, warning or error."
      ).reloadable,
      .option(
        "--log-format", into: \.logFormat, value: "FORMAT",
        help: "How log lines are written: text, or json for an object on each line."),
      .option(
        "--log-requests", into: \.loggedFraction, optionalValue: "FRACTION", alone: 1, in: 0...1,
        help: "Log each inference request, or this fraction of them drawn at random, whatever "
          + "--log-level says."),
    ]
  }

  /// - Parameter sockets: what a service manager has opened; then there are no default addresses.
  func configuration(_ sockets: ServiceSockets = ServiceSockets()) throws -> Server.Configuration {
    let listensAtDefault = addresses.isEmpty && sockets.isEmpty
    var configuration = Server.Configuration(
      addresses: listensAtDefault ? [Self.defaultAddress] : addresses, workers: workers)
    configuration.httpAddresses = try httpListening(atDefault: listensAtDefault)
    configuration.inherited = sockets.binary
    configuration.httpInherited = sockets.http
    configuration.httpHosts = httpHosts
    configuration.version = productVersion
    if pinsWorkers { configuration.workerProcessors = Processors.allowed.reversed() }
    configuration.loops = loops
    configuration.limits = try checkedLimits()
    configuration.memoryByteCountMax = memoryLimit
    configuration.watchesModels = watchesModels
    configuration.access = AccessList(try tokens.load())
    configuration.unix = unix.access
    try tls.permit(
      configuration.addresses + configuration.httpAddresses
        + (sockets.binary + sockets.http).map(\.address))
    configuration.tls = try tls.server()
    configuration.loggedFraction = loggedFraction
    return configuration
  }

  func repository(imagesPerBatchMax: Int) -> ModelRepository.Configuration {
    var configuration = ModelRepository.Configuration(
      directory: models, imagesPerBatchMax: imagesPerBatchMax)
    configuration.precisions = precisions
    configuration.defaultName = defaultModel
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

  /// A server that was told where to listen is perhaps not the only one on its machine.
  private func httpListening(atDefault: Bool) throws -> [SocketAddress] {
    guard !httpAddresses.isEmpty else { return atDefault ? [Self.defaultHTTPAddress] : [] }
    guard !httpAddresses.contains(.none) || httpAddresses.count == 1 else {
      throw Misuse("expected --http none alone, got another --http beside it")
    }
    return httpAddresses.compactMap(\.address)
  }

  private static let defaultHTTPAddress = SocketAddress.internet(host: "127.0.0.1", port: 7_380)
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

enum LogFormat: String, CaseIterable, ArgumentValue {
  case text, json

  var format: Log.Format {
    switch self {
    case .text: .text
    case .json: .json
    }
  }
}

extension PrecisionRule: ArgumentValue {
  package static var kind: String { "f32, bf16 or int8, alone or after NAME=" }
  package init?(argument: String) { self.init(parsing: argument) }
  package var argument: String { (model.map { "\($0)=" } ?? "") + precision.rawValue }
}

/// Where HTTP is spoken, or that it is not.
enum HTTPListening: Equatable, ArgumentValue {
  case none
  case at(SocketAddress)

  static var kind: String { "HOST:PORT, [IPV6]:PORT, unix:PATH or none" }

  init?(argument: String) {
    if argument == "none" {
      self = .none
    } else if let address = SocketAddress(argument: argument) {
      self = .at(address)
    } else {
      return nil
    }
  }

  var argument: String { address?.argument ?? "none" }

  var address: SocketAddress? {
    switch self {
    case .none: nil
    case .at(let address): address
    }
  }
}

extension SocketAddress: ArgumentValue {
  package static var kind: String { "HOST:PORT, [IPV6]:PORT or unix:PATH" }
  package init?(argument: String) { try? self.init(parsing: argument) }
  package var argument: String { description }
}
