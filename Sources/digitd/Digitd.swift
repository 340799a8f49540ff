import Arguments
import DigitKernels
import DigitServer
import EventLoop
import Foundation

/// The server program: reads its flags, loads its models, serves until a signal ends it.
@main
struct Digitd {
  /// Exit codes, as the help text lists them.
  enum ExitCode: Int32 {
    case drained = 0
    case failed = 1
    case unusable = 2
  }

  static func main() {
    SignalWatcher.ignoreBrokenPipes()
    do {
      let outcome = try Flags.command.parse(
        Array(CommandLine.arguments.dropFirst()),
        environment: ProcessInfo.processInfo.environment)
      switch outcome {
      case .print(let text): print(text, terminator: "")
      case .run(let flags): exit(try serve(flags).rawValue)
      }
    } catch {
      Log.standardError("\(explain(error))\n")
      exit((error is Server.ListenError ? ExitCode.failed : .unusable).rawValue)
    }
  }

  private static func serve(_ flags: Flags) throws -> ExitCode {
    let kernels = try KernelTable.choose(from: ProcessInfo.processInfo.environment)
    let log = Log(level: flags.logLevel.level)
    var configuration = try flags.configuration()
    fit(&configuration.limits, log: log)
    let models = try load(flags, configuration.limits, log: log)
    let server = try Server(configuration, models: models, log: log)
    try server.stop(onSignals: [SIGTERM, SIGINT])
    if !configuration.workerProcessors.isEmpty {
      let processors = configuration.workerProcessors.prefix(configuration.workers)
      log.info("workers pinned", ["processors": processors.map(String.init).joined(separator: ",")])
    }
    for address in server.addresses { log.info("listening", ["address": address]) }
    log.info(
      "ready",
      [
        "models": models.count, "workers": configuration.workers,
        "isa": kernels.instructionSet.rawValue,
      ])
    switch server.run() {
    case .drained:
      log.info("stopped")
      return .drained
    case .cut(let connections):
      log.warning("stopped unfinished", ["connections": connections])
      return .failed
    }
  }

  private static func load(
    _ flags: Flags, _ limits: ServerLimits, log: Log
  ) throws -> [LoadedModel] {
    let directory = try ModelDirectory(flags.models)
    try flags.checkNames(among: directory.modelNames)
    return try directory.load(
      precisions: flags.precisions, imagesPerBatchMax: limits.imagesPerBatchMax
    ) { model, time in
      let asked = flags.precisions.precision(for: model.name)
      model.tell(log, asked: asked, loadingTime: time)
    }
  }

  private static func fit(_ limits: inout ServerLimits, log: Log) {
    let descriptors = DescriptorLimit.raise()
    guard limits.fitConnections(intoDescriptors: descriptors) else { return }
    log.warning(
      "connections limited", ["connections": limits.connectionsMax, "descriptors": descriptors])
  }

  private static func explain(_ error: any Error) -> String {
    switch error {
    case let error as Server.ListenError where error.cause.isAddressInUse:
      "digitd: cannot listen on \(error.address): it is in use; stop what listens there or "
        + "choose another with --listen"
    case let error as Server.ListenError:
      "digitd: cannot listen on \(error.address): \(error.cause)"
    case is UsageError: "\(error)"
    default: "digitd: \(error)"
    }
  }
}
