import DigitModel
import EventLoop

/// The models of a folder: loads them when the server starts, and again on a thread of its own of
/// low priority when it is told to, so that those who are served are not disturbed.
package final class ModelRepository: @unchecked Sendable {
  // Unchecked: `state` belongs to the thread that loads first and, from `begin` on, to the queue's
  // one thread; `switcher` and `queue` stay as `begin` sets them, before others come.

  package struct Configuration: Sendable {
    package var directory: String
    package var precisions: [PrecisionRule] = []
    package var imagesPerBatchMax: Int
    /// What the command line names; goes before what the index says.
    package var defaultName: String?

    package init(directory: String, imagesPerBatchMax: Int) {
      self.directory = directory
      self.imagesPerBatchMax = imagesPerBatchMax
    }
  }

  private let configuration: Configuration
  private let loader: ModelLoader
  private let log: Log
  package let figures = RepositoryFigures()
  /// What the folder held at first.
  let firstListing: RepositoryListing
  private let scan: RepositoryScan
  private var state: RepositoryState
  private var switcher: Server.Switcher?
  private var queue: BackgroundQueue?
  /// A reload that nobody waits for is in the queue: another one would find the same.
  private let isReloadQueued = Guarded(false)

  /// How many commands may wait.
  private static let queueMax = 16

  /// Looks what there is, and reads none of it but the index.
  package init(_ configuration: Configuration, log: Log) throws(ModelLoadError) {
    self.configuration = configuration
    self.log = log
    loader = ModelLoader(
      directory: configuration.directory, precisions: configuration.precisions,
      imagesPerBatchMax: configuration.imagesPerBatchMax)
    state = RepositoryState(fixedDefault: configuration.defaultName)
    firstListing = try RepositoryListing(of: configuration.directory)
    scan = RepositoryScan(firstListing)
    guard !scan.sources.isEmpty || !scan.refusals.isEmpty else {
      throw .empty(directory: configuration.directory)
    }
  }

  /// From any thread.
  package var servedModelCount: Int { Int(figures.modelsServed.count) }

  /// Of the models that were found at first, in order.
  package var modelNames: [String] { scan.names }

  /// Loads everything that was found at first.
  /// - Throws: `ModelLoadError` where any of it is refused: whoever starts a server sees it then.
  package func load() throws(ModelLoadError) -> ServedModels {
    var loads: RepositoryState.Loads = [:]
    for source in state.stale(scan) { loads[source.key] = .success(try load(source)) }
    let settled = state.settle(scan, loads)
    if let refusal = settled?.served.refusals.first ?? scan.refusals.first {
      throw .refused(directory: configuration.directory, refusal)
    }
    figures.modelsServed.set(settled!.served.models.count)
    return settled!.served
  }

  /// From now on commands are carried out, until `stop`.
  /// - Throws: `UVError` when the system gives no more threads.
  func begin(_ switcher: Server.Switcher) throws(UVError) {
    self.switcher = switcher
    queue = try BackgroundQueue(threadCount: 1, capacity: Self.queueMax, priority: .low)
  }

  /// Drops what waits, and waits for what is being done.
  func stop() { queue?.stop() }

  /// Does something soon, from any thread; `completion` is called on a loop's, when it is true of
  /// every connection.
  /// - Returns: false where too much waits already.
  package func request(
    _ command: RepositoryCommand, completion: @escaping @Sendable (RepositoryReport) -> Void
  ) -> Bool {
    queue?.add { [self] in
      let report = perform(command)
      switcher?.afterAllLoops { completion(report) }
    } ?? false
  }

  /// Looks at the folder again soon, from any thread.
  /// - Parameter around: what is done on the repository's thread; it calls what it is given, which
  ///   reloads.
  package func reload(
    _ around: @escaping @Sendable (_ reload: () -> Void) -> Void = { $0() }
  ) {
    let isNew = isReloadQueued.withLock { isQueued in
      defer { isQueued = true }
      return !isQueued
    }
    guard isNew else { return }
    let isAdded = queue?.add { [self] in
      isReloadQueued.withLock { $0 = false }
      around { _ = perform(.reload) }
    }
    if isAdded != true { isReloadQueued.withLock { $0 = false } }
  }

  var directory: String { configuration.directory }

  /// Tells what the folder holds, soon and on the repository's thread; nil where it cannot be read.
  /// - Returns: false where too much waits already.
  func look(_ seen: @escaping @Sendable (RepositoryListing?) -> Void) -> Bool {
    queue?.add { [directory] in seen(try? RepositoryListing(of: directory)) } ?? false
  }

  // MARK: On its thread

  private func perform(_ command: RepositoryCommand) -> RepositoryReport {
    let began = Instant.now
    let report = reload(command)
    figures.record(report)
    ProcessMemory.returnFree()
    for refusal in report.refusals {
      log.warning(
        "model not loaded",
        [
          "name": refusal.name, "version": refusal.version.map(String.init) ?? "-",
          "why": refusal.reason,
        ])
    }
    log.info(
      "models reloaded",
      [
        "loaded": report.loadedCount, "removed": report.removedCount,
        "refused": report.refusals.count,
        "milliseconds": Instant.now.microseconds(since: began) / 1_000,
      ])
    return report
  }

  private func reload(_ command: RepositoryCommand) -> RepositoryReport {
    let directory = configuration.directory
    let scan: RepositoryScan
    do {
      scan = RepositoryScan(try RepositoryListing(of: directory))
    } catch {
      return RepositoryReport(refusing: directory, error.description)
    }
    var next = state
    guard next.take(command) else { return RepositoryReport() }
    var loads: RepositoryState.Loads = [:]
    for source in next.stale(scan) {
      loads[source.key] = Result { () throws(ModelLoadError) in try load(source) }
    }
    guard let settled = next.settle(scan, loads) else {
      return RepositoryReport(
        refusing: directory, "expected a model that can be served to be left, got none")
    }
    guard switcher?.serve(settled.served) == true else {
      return RepositoryReport(
        refusing: directory,
        "expected at most \(ModelCatalog.handleMax) names since the server began, got more: "
          + "restart it")
    }
    state = next
    for key in settled.removed {
      log.info("model unloaded", ["name": key.name, "version": key.version])
    }
    figures.modelsServed.set(settled.served.models.count)
    return RepositoryReport(settled)
  }

  private func load(_ source: ModelSource) throws(ModelLoadError) -> ModelLoader.Loaded {
    let began = ContinuousClock.now
    let known = state.loaded(source.key)
    let loaded = try loader.load(source, known: known)
    if loaded.model !== known?.model {
      loaded.model.tell(
        log, asked: configuration.precisions.precision(for: source.key.name),
        loadingTime: ContinuousClock.now - began)
    }
    return loaded
  }
}
