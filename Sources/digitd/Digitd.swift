import Arguments
import DigitKernels
import DigitServer
import EventLoop
import Foundation
import PlainText
import ProgramShell

/// The server program: reads its flags, loads its models, serves until a signal ends it.
@main
struct Digitd {
  static func main() {
    // A model or an instruction set that cannot be used is no better the next time; an address may
    // be free then.
    Program(Flags.command, exitCode: { $0 is ListenFailure ? .failed : .usage }).main(serve)
  }

  private static func serve(_ given: LayeredOptions<Flags>) throws -> ExitCode {
    let settings = try Configuration(given)
    if settings.flags.printsConfiguration {
      StandardStream.output.write(settings.text)
      return .done
    }
    if settings.flags.checksConfiguration {
      try settings.check()
      StandardStream.output.write("the settings can be used\n")
      return .done
    }
    return try serve(settings)
  }

  private static func serve(_ settings: Configuration) throws -> ExitCode {
    let flags = settings.flags
    // What has been logged comes before the sentence that tells of a failure.
    defer { LogWriter.standardError.flush(within: .seconds(1)) }
    let environment = ProcessInfo.processInfo.environment
    let kernels = try KernelTable.choose(from: environment)
    let log = Log(level: flags.logLevel.level, format: flags.logFormat.format)
    LogWriter.standardError.format = flags.logFormat.format
    ProcessSignals.stopWhileLoading()
    ProcessSignals.ignoreOthers(log: log)
    let inherited = InheritedDescriptors(environment, processID: getpid())
    var configuration = try flags.configuration(ServiceSockets(inherited))
    fit(&configuration.limits, log: log)
    let repository = try ModelRepository(
      flags.repository(imagesPerBatchMax: configuration.limits.imagesPerBatchMax), log: log)
    try flags.checkNames(among: repository.modelNames)
    let models = try repository.load()
    let status = ServiceStatus(
      ServiceNotifier(environment, processID: getpid()), log: log
    ) { [repository, workers = configuration.workers] connections in
      "\(repository.servedModelCount) models, \(workers) workers, \(connections) connections"
    }
    configuration.drainBegan = status.draining
    configuration.looked = status.looked
    let server = try listen(configuration, models, repository, log)
    try server.stop(onSignals: [SIGTERM, SIGINT])
    let credentials = Credentials(
      tls: configuration.tls, access: configuration.access, tokens: flags.tokens)
    credentials.tell(log)
    let settingsReload = SettingsReload(settings, of: server, log: log)
    try server.reload(onSignals: [SIGHUP]) { reloadModels in
      status.reloading {
        settingsReload.reload()
        credentials.reload(log)
        reloadModels()
      }
    }
    tell(server, configuration, log)
    log.info(
      "ready",
      [
        "models": models.models.count, "workers": configuration.workers,
        "loops": configuration.loops, "isa": kernels.instructionSet.rawValue,
      ])
    status.began()
    switch server.run() {
    case .drained:
      log.info("stopped")
      return .done
    case .cut(let connections):
      log.warning("stopped before the drain completed", ["connections": connections])
      return .failed
    case .workerHangs(let connections):
      log.error("stopped while a worker hangs", ["connections": connections])
      return .failed
    }
  }

  /// Logs where it computes and where it listens.
  private static func tell(
    _ server: Server, _ configuration: Server.Configuration, _ log: Log
  ) {
    if !configuration.workerProcessors.isEmpty {
      let processors = configuration.workerProcessors.prefix(configuration.workers)
      log.info("workers pinned", ["processors": processors.map(String.init).joined(separator: ",")])
    }
    for address in server.addresses { log.info("listening", ["address": address]) }
    let encrypts = configuration.tls != nil
    for address in server.httpAddresses {
      let scheme = encrypts && !address.isUnix ? "https" : "http"
      log.info("listening", ["http": "\(scheme)://\(address)/"])
    }
  }

  static func fit(_ limits: inout ServerLimits, log: Log) {
    let descriptors = DescriptorLimit.raise()
    guard limits.fitConnections(intoDescriptors: descriptors) else { return }
    log.warning(
      "connections limited", ["connections": limits.connectionsMax, "descriptors": descriptors])
  }

  private static func listen(
    _ configuration: Server.Configuration, _ models: ServedModels, _ repository: ModelRepository,
    _ log: Log
  ) throws -> Server {
    do {
      return try Server(configuration, serving: models, repository: repository, log: log)
    } catch let error as Server.ListenError {
      let isHTTP = configuration.httpAddresses.contains(error.address)
      throw ListenFailure(error, option: isHTTP ? "--http" : "--listen")
    }
  }
}

/// An address where the server cannot listen, and what to do about it.
private struct ListenFailure: Error, CustomStringConvertible {
  let description: String

  init(_ error: Server.ListenError, option: String) {
    let reason =
      error.cause.isAddressInUse
      ? "it is in use; stop what listens there or choose another with \(option)" : "\(error.cause)"
    description = "cannot listen on \(error.address): \(reason)"
  }
}
