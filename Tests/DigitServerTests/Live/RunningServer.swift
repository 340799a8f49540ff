import DigitServer
import EventLoop

/// A whole server on a free port and its own thread, for as long as a test needs it.
final class RunningServer: Sendable {
  let port: UInt16
  /// Nil where no HTTP is spoken.
  let httpPort: UInt16?
  private let stopper: Server.Stopper
  let switcher: Server.Switcher
  let dispatcher: Server.Dispatcher
  let connectionCounts: Server.ConnectionCounts
  private let thread: WorkerThread
  private let shared: Shared

  private struct State {
    var started: Started?
    var ending: Server.Ending?
  }

  private struct Started {
    let port: UInt16
    let httpPort: UInt16?
    let stopper: Server.Stopper
    let switcher: Server.Switcher
    let dispatcher: Server.Dispatcher
    let connectionCounts: Server.ConnectionCounts
  }

  /// - Parameter repository: of a folder whose models are served instead of `models`.
  init(
    workers: Int = 2, models: [LoadedModel] = [TestModels.small],
    repository: ModelRepository? = nil,
    log: Log = Log(level: .error) { _ in },
    configure: @escaping @Sendable (inout Server.Configuration) -> Void = { _ in }
  ) throws {
    SignalWatcher.ignoreBrokenPipes()
    let shared = Shared(models)
    let ready = try Semaphore()
    thread = try WorkerThread {
      var configuration = Server.Configuration(
        addresses: [.internet(host: "127.0.0.1", port: 0)], workers: workers)
      // A slow machine is no reason to turn requests away, where a test does not ask for it.
      configuration.limits.queue.ageMax = .seconds(60)
      configure(&configuration)
      let server = try! Server(
        configuration, serving: repository?.load() ?? ServedModels(shared.takeModels()),
        repository: repository, log: log)
      let ports = (server.addresses + server.httpAddresses).compactMap { address in
        if case .internet(_, let port) = address { port } else { nil }
      }
      let started = Started(
        port: ports[0], httpPort: ports.dropFirst().first, stopper: server.stopper,
        switcher: server.switcher,
        dispatcher: server.dispatcher, connectionCounts: server.connectionCounts)
      shared.state.withLock { $0.started = started }
      ready.signal()
      let ending = server.run()
      shared.state.withLock { $0.ending = ending }
    }
    ready.wait()
    let started = shared.state.withLock { $0.started! }
    port = started.port
    httpPort = started.httpPort
    stopper = started.stopper
    switcher = started.switcher
    dispatcher = started.dispatcher
    connectionCounts = started.connectionCounts
    self.shared = shared
  }

  private final class Shared: Sendable {
    let state = Guarded(State())
    private let models: Guarded<[LoadedModel]>

    init(_ models: [LoadedModel]) { self.models = Guarded(models) }

    /// The server alone keeps them, so that a test can see them go.
    func takeModels() -> [LoadedModel] {
      models.withLock { models in
        defer { models = [] }
        return models
      }
    }
  }

  /// What SIGTERM does.
  func beginStop() { stopper.stop() }

  /// Waits for the end of a server that has been told to stop.
  func join() -> Server.Ending {
    thread.join()
    return shared.state.withLock { $0.ending! }
  }

  /// Cuts every connection and ends.
  func kill() {
    stopper.stop()
    stopper.stop()
    thread.join()
  }
}
