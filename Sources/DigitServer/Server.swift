import DigitTLS
import DigitWire
import EventLoop
import Synchronization

/// The server as a process: what exists once, whatever the number of loops. It listens, hands
/// connections to its loops, keeps the workers, and comes to an end when told to.
///
///     listeners ─► the loop with the fewest connections ─► jobs ─► workers ─► back to that loop
///
/// Everything here belongs to the thread that calls `run`, which is that of the first loop;
/// `stopper` and `switcher` may be used from any.
package final class Server {
  package struct Configuration: Sendable {
    /// Where the binary protocol is spoken.
    package var addresses: [SocketAddress]
    package var httpAddresses: [SocketAddress] = []
    /// Sockets that listen already, for both.
    package var inherited: [InheritedSocket] = []
    package var httpInherited: [InheritedSocket] = []
    /// Names that HTTP clients may have for the server, beside those of `httpAddresses`.
    package var httpHosts: [String] = []
    package var workers: Int
    /// Event loops, each on a thread of its own.
    package var loops = 1
    /// Where each worker stays, in turn; anywhere if there is none.
    package var workerProcessors: [Int] = []
    package var limits = ServerLimits()
    package var access = AccessList()
    package var unix = UnixAccess()
    /// Whether models are reloaded when their folder changes.
    package var watchesModels = false
    /// For all that is not a Unix socket; nil does not encrypt.
    package var tls: TLSServer?
    /// Of the whole process, in bytes; nil for none beside those of `limits`.
    package var memoryByteCountMax: Int?
    /// The share of requests that are logged, from 0 to 1; nil for none.
    package var loggedFraction: Double?
    /// Called on the thread of `run` when a drain begins, with how many connections there are.
    package var drainBegan: (@Sendable (_ connectionCount: Int) -> Void)?
    /// Called there twice a second, as long as the first loop turns.
    package var looked: (@Sendable (Vitals) -> Void)?
    /// Called by workers before each batch; a test lets them wait in it.
    package var beforeBatch: (@Sendable () -> Void)?
    /// The program's.
    package var version = "unknown"

    package init(addresses: [SocketAddress], workers: Int) {
      self.addresses = addresses
      self.workers = workers
    }

    /// What requests over HTTP may name as their host.
    var namedHosts: HTTPHosts {
      HTTPHosts(
        addresses: httpAddresses + httpInherited.map(\.address), configured: httpHosts)
    }

    var hasHTTP: Bool { !httpAddresses.isEmpty || !httpInherited.isEmpty }
  }

  /// How `run` ended.
  package enum Ending: Equatable, Sendable {
    /// Every request was answered and every answer sent.
    case drained
    /// Time was up, or a second signal came: connections were cut.
    case cut(connections: Int)
    /// A worker did not come to the end of its batch: it may go on for as long as the process does.
    case workerHangs(connections: Int)
  }

  package struct ListenError: Error {
    package let address: SocketAddress
    package let cause: UVError
  }

  private(set) var limits: ServerLimits
  private let connectionsMaxByMemory: Int
  let log: Log
  let loops: [ServerLoop]
  private let repository: ModelRepository?
  private var repositoryWatch: RepositoryWatch?
  /// From where other models come to the loops.
  package let switcher: Switcher
  /// Those of the loops but the first.
  private var loopThreads: [WorkerThread] = []
  private(set) var workers: WorkerPool?
  /// What HTTP clients send that would hold a loop up.
  private let background: BackgroundQueue
  private let acceptor: Acceptor
  private var drain: Drain
  let hooks: Hooks
  private var stopRequests: Wakeup?
  private var progress: Wakeup?
  private var watchTimer: Timer?
  private var signalWatchers: [SignalWatcher] = []
  private var ending: Ending?
  private let drainBegan: (@Sendable (_ connectionCount: Int) -> Void)?
  private let looked: (@Sendable (Vitals) -> Void)?
  var stallWatch: StallWatch
  var time = ServingTime(now: .now)

  /// What loops and wakeups call, which are made before the server is.
  final class Hooks {
    unowned(unsafe) var server: Server?
  }

  /// How often is looked whether a drain's time is up, or descriptors are short.
  package static let watchInterval = Duration.milliseconds(500)

  /// Listens, starts the workers, and is ready to run.
  /// - Parameter repository: where the models come from, and others will; nil where they stay, but
  ///   for `switcher`.
  /// - Throws: `ListenError`, `MemoryLimitError`, or `UVError` when the system gives no more
  ///   threads or descriptors.
  package init(
    _ configuration: Configuration, serving served: ServedModels,
    repository: ModelRepository? = nil, log: Log
  ) throws {
    precondition(ServerLimits.loopRange.contains(configuration.loops))
    limits = configuration.limits
    if let limit = configuration.memoryByteCountMax {
      try limits.divideMemory(
        limit, residentByteCount: ProcessMemory.residentByteCount,
        encrypts: configuration.tls != nil)
    }
    connectionsMaxByMemory =
      limits.memoryByteCountMax == nil ? .max : limits.connectionsMax
    self.repository = repository
    self.log = log
    drain = Drain(grace: limits.drainGrace)
    drainBegan = configuration.drainBegan
    looked = configuration.looked
    stallWatch = StallWatch(workerCount: configuration.workers, patience: limits.workerTimeout)
    let share = limits.ofOneLoop(among: configuration.loops)
    let queue = try JobQueue(
      BatchScheduler(limits.scheduling(requestsMax: share.requestsMax * configuration.loops)),
      workers: configuration.workers)
    let hooks = Hooks()
    self.hooks = hooks
    let metrics = (0..<configuration.loops).map { _ in LoopMetrics() }
    background = try BackgroundQueue(
      threadCount: configuration.hasHTTP ? limits.http.backgroundThreadCount : 0,
      capacity: limits.http.backgroundQueueMax)
    let catalog = ModelCatalog(served)
    let setup = ServerLoop.Setup(
      limits: share, queue: queue, catalog: catalog, repository: repository,
      access: configuration.access, tls: configuration.tls, log: log,
      loggedFraction: configuration.loggedFraction,
      figures: ServerFigures(
        loops: metrics, repository: repository?.figures ?? RepositoryFigures(), queue: queue,
        began: .now, version: configuration.version),
      httpHosts: configuration.namedHosts,
      version: configuration.version, background: background)
    loops = try metrics.enumerated().map { index, metrics in
      try ServerLoop(LoopIndex(index), setup, metrics: metrics) {
        // Of the first loop's, on its thread; of another's, over to it.
        if index == 0 { hooks.server?.stopIfDrained() } else { hooks.server?.wakeForProgress() }
      }
    }
    switcher = Switcher(mails: loops.map(\.mail), catalog)
    acceptor = Acceptor(
      loops: loops, limits: limits, encrypts: configuration.tls != nil,
      unix: configuration.unix, metrics: metrics[0], log: log)
    hooks.server = self
    do {
      try begin(configuration, queue: queue, models: served.models)
      try followRepository(watching: configuration.watchesModels)
    } catch {
      closeHandles()
      throw error
    }
  }

  private func begin(
    _ configuration: Configuration, queue: JobQueue, models: [LoadedModel]
  ) throws {
    let loop = loops[0].loop
    stopRequests = try Wakeup(on: loop) { [hooks] in hooks.server?.stopWasRequested() }
    progress = try Wakeup(on: loop) { [hooks] in hooks.server?.stopIfDrained() }
    watchTimer = try Timer(on: loop) { [hooks] in hooks.server?.watch() }
    watchTimer?.start(after: Self.watchInterval, every: Self.watchInterval)
    for address in configuration.addresses { try acceptor.listen(on: address, for: .binary) }
    for address in configuration.httpAddresses { try acceptor.listen(on: address, for: .http) }
    for socket in configuration.inherited { try acceptor.listen(on: socket, for: .binary) }
    for socket in configuration.httpInherited { try acceptor.listen(on: socket, for: .http) }
    workers = try WorkerPool(
      count: configuration.workers, processors: configuration.workerProcessors,
      loops: loops.map(\.port), queue: queue, imagesPerBatchMax: limits.imagesPerBatchMax,
      workspaceByteCount: models.map(\.plan.workspaceByteCount).max() ?? 0,
      beforeBatch: configuration.beforeBatch)
    for loop in loops.dropFirst() {
      loopThreads.append(try WorkerThread { loop.run() })
    }
  }

  private func followRepository(watching: Bool) throws {
    guard let repository else { return }
    try repository.begin(switcher)
    guard watching else { return }
    repositoryWatch = try RepositoryWatch(
      repository, on: loops[0].loop, mail: loops[0].mail,
      settleInterval: limits.folderSettleInterval, log: log)
  }

  /// Where the server really listens.
  package var addresses: [SocketAddress] { acceptor.addresses(of: .binary) }
  package var httpAddresses: [SocketAddress] { acceptor.addresses(of: .http) }

  /// Serves until it has been stopped.
  package func run() -> Ending {
    loops[0].run()
    let patience = stallWatch.stalledCount > 0 ? Duration.zero : limits.workerTimeout
    guard workers?.stop(patience: patience) != false else {
      // It reads and writes what closing would free.
      _ = Unmanaged.passRetained(self)
      return .workerHangs(connections: owedConnectionCount)
    }
    closeHandles()
    return ending!
  }

  private func watch() {
    acceptor.watchDescriptors()
    watchWorkers()
    looked?(
      Vitals(
        connectionCount: acceptor.connectionCount, isDraining: drain.isDraining,
        hasStalledWorker: stallWatch.stalledCount > 0))
    stopIfDrained()
  }

  // MARK: Models

  /// Lets a running server serve other models, from any thread: requests that are under way keep
  /// theirs, which go when the last of these requests does.
  package final class Switcher: Sendable {
    private let mails: [LoopMail]
    /// The last that was given to the loops: the next one keeps its handles.
    private let catalog: Guarded<ModelCatalog>

    fileprivate init(mails: [LoopMail], _ catalog: ModelCatalog) {
      self.mails = mails
      self.catalog = Guarded(catalog)
    }

    /// - Returns: false where there are too few handles for the names; nothing changes then.
    @discardableResult
    package func serve(_ served: ServedModels) -> Bool {
      catalog.withLock { catalog in
        guard catalog.hasHandles(for: served) else { return false }
        catalog = ModelCatalog(served, after: catalog)
        // Within the lock, so that all loops see catalogs in one order.
        for mail in mails { mail.post(.serve(catalog)) }
        return true
      }
    }

    /// Calls `body` once, on a loop's thread, when every loop serves what it was given until now:
    /// whoever is told then finds it on any connection. Never where a loop has ended.
    func afterAllLoops(_ body: @escaping @Sendable () -> Void) {
      let missing = Countdown(mails.count)
      for mail in mails { mail.post(.perform { _ in if missing.isLast() { body() } }) }
    }

    private final class Countdown: Sendable {
      private let left: Atomic<Int>

      init(_ count: Int) { left = Atomic(count) }

      func isLast() -> Bool {
        left.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0
      }
    }
  }

  /// The process's signals have the repository look at its folder again.
  /// - Parameter around: what is done then, on a thread that may wait; it calls what it is given,
  ///   which reloads the models.
  /// - Throws: `UVError` when the system gives no more descriptors.
  package func reload(
    onSignals signals: [CInt],
    _ around: @escaping @Sendable (_ reload: () -> Void) -> Void = { $0() }
  ) throws(UVError) {
    for signal in signals {
      signalWatchers.append(
        try SignalWatcher(signal, on: loops[0].loop) { [repository, log] _ in
          log.info("reloading models")
          repository?.reload(around)
        })
    }
  }

  /// Takes over what may change while it runs.
  func take(_ limits: ServerLimits) {
    self.limits = limits
    self.limits.connectionsMax = min(limits.connectionsMax, connectionsMaxByMemory)
    acceptor.limits = self.limits
    if !drain.isDraining { drain = Drain(grace: limits.drainGrace) }
  }

  // MARK: Askers that are no connections

  /// Lets anything of this process ask on a loop, from any thread.
  package struct Dispatcher: Sendable {
    fileprivate let mails: [LoopMail]

    /// Calls `body` on the loop's thread, soon; never where the loop has ended.
    package func perform(onLoop loop: Int, _ body: @escaping @Sendable (LoopContext) -> Void) {
      mails[loop].post(.perform(body))
    }
  }

  package var dispatcher: Dispatcher { Dispatcher(mails: loops.map(\.mail)) }

  // MARK: Figures for tests

  /// Connections that each loop has; from any thread.
  package var connectionCounts: ConnectionCounts {
    ConnectionCounts(counts: loops.map(\.count))
  }

  package struct ConnectionCounts: Sendable {
    fileprivate let counts: [ConnectionCount]
    package var openByLoop: [Int] { counts.map(\.openCount) }
  }

  // MARK: The end

  /// Stops a running server from any thread: the first `stop` drains it, a second one cuts.
  package struct Stopper: Sendable {
    fileprivate let wakeup: Wakeup
    package func stop() { wakeup.wake() }
  }

  package var stopper: Stopper { Stopper(wakeup: stopRequests!) }

  /// The process's signals do the same as `stop`.
  /// - Throws: `UVError` when the system gives no more descriptors.
  package func stop(onSignals signals: [CInt]) throws(UVError) {
    for signal in signals {
      signalWatchers.append(
        try SignalWatcher(signal, on: loops[0].loop) { [hooks] _ in
          hooks.server?.stopWasRequested()
        })
    }
  }

  private func stopWasRequested() {
    switch drain.signalArrived(now: .now) {
    case .beginDrain:
      log.info("draining", ["connections": acceptor.connectionCount])
      drainBegan?(acceptor.connectionCount)
      acceptor.isDraining = true
      loops[0].drain()
      for loop in loops.dropFirst() { loop.mail.post(.drain) }
      stopIfDrained()
    case .stopNow: stop(.cut(connections: owedConnectionCount))
    case .ignore: break
    }
  }

  fileprivate func stopIfDrained() {
    switch drain.progress(now: .now, openConnections: owedConnectionCount) {
    case .wait: break
    case .stop: stop(.drained)
    case .stopUnfinished: stop(.cut(connections: owedConnectionCount))
    }
  }

  /// A connection of another loop has ended during a drain.
  fileprivate func wakeForProgress() { progress?.wake() }

  /// Those that were open when the drain began: later ones have been promised nothing.
  private var owedConnectionCount: Int { loops.reduce(0) { $0 + $1.count.owedCount } }

  private func stop(_ ending: Ending) {
    self.ending = ending
    loops[0].loop.stop()
  }

  /// The workers first, for they call into the loops; the first loop last, for it runs this.
  private func closeHandles() {
    workers?.stop()
    background.stop()
    repository?.stop()
    acceptor.close()
    for watcher in signalWatchers { watcher.close() }
    watchTimer?.close()
    repositoryWatch?.close()
    stopRequests?.close()
    progress?.close()
    for loop in loops.dropFirst() { loop.mail.post(.stop) }
    for thread in loopThreads { thread.join() }
    for loop in loops.reversed() { loop.close() }
    hooks.server = nil
  }
}
