import DigitWire
import EventLoop

/// The server on its loop: listens, keeps the connections, and comes to an end when told to.
///
/// Everything here belongs to the thread that calls `run`; `stopper` may be used from any.
package final class Server {
  package struct Configuration: Sendable {
    package var addresses: [SocketAddress]
    package var workers: Int
    /// Where each worker stays, in turn; anywhere if there is none.
    package var workerProcessors: [Int] = []
    package var limits = ServerLimits()
    package var defaultModel: String?
    package var token: [UInt8]?

    package init(addresses: [SocketAddress], workers: Int) {
      self.addresses = addresses
      self.workers = workers
    }
  }

  /// How `run` ended.
  package enum Ending: Equatable, Sendable {
    /// Every request was answered and every answer sent.
    case drained
    /// Time was up, or a second signal came: connections were cut.
    case cut(connections: Int)
  }

  package struct ListenError: Error {
    package let address: SocketAddress
    package let cause: UVError
  }

  let limits: ServerLimits
  let catalog: ModelCatalog
  let token: [UInt8]?
  let log: Log
  let metrics = Metrics()
  let inference: InferenceService

  /// Answers that peers have not read, over all connections.
  var unsentByteCount = 0

  private let loop: Loop
  private var listeners: [Listener] = []
  private var connections = ConnectionTable()
  private var lateConnectionCount = 0
  private var drain: Drain
  private var sweepTimer: Timer?
  private var stopRequests: Wakeup?
  private var signalWatchers: [SignalWatcher] = []
  private var descriptorTrouble = Trouble()
  private var peerLines = LineBudget()
  private var ending: Ending?
  private let began = Instant.now

  /// How often connections are looked at for time-outs. Coarse: the times are seconds.
  private static let sweepInterval = Duration.milliseconds(500)

  /// Listens, starts the workers, and is ready to run.
  /// - Throws: `ListenError`, or `UVError` when the system gives no more threads or descriptors.
  package init(
    _ configuration: Configuration, models: [LoadedModel], log: Log
  ) throws {
    limits = configuration.limits
    catalog = ModelCatalog(models, defaultName: configuration.defaultModel)
    token = configuration.token
    self.log = log
    drain = Drain(grace: limits.drainGrace)
    loop = try Loop()
    inference = try InferenceService(
      models: models, workers: configuration.workers,
      processors: configuration.workerProcessors, limits: limits, loop: loop, metrics: metrics)
    do {
      try begin(listeningOn: configuration.addresses)
    } catch {
      closeHandles()
      throw error
    }
  }

  private func begin(listeningOn addresses: [SocketAddress]) throws {
    inference.answer = { [unowned self] entry, outcome in
      connections[entry.connection]?.answer(entry, outcome)
    }
    loop.turnEnd = { [unowned self] in inference.submit() }
    stopRequests = try Wakeup(on: loop) { [unowned self] in stopWasRequested() }
    sweepTimer = try Timer(on: loop) { [unowned self] in sweep() }
    sweepTimer?.start(after: Self.sweepInterval, every: Self.sweepInterval)
    for address in addresses { try listen(on: address) }
  }

  private func listen(on address: SocketAddress) throws {
    do {
      listeners.append(
        try Listener(address, loop: loop) { [unowned self] socket in
          // A socket that the loop cannot watch is closed.
          if let stream = try? ByteStream(adopting: socket, loop: loop) { accept(stream) }
        })
    } catch {
      throw ListenError(address: address, cause: error)
    }
  }

  /// Where the server really listens.
  package var addresses: [SocketAddress] { listeners.map(\.address) }

  /// Serves until it has been stopped.
  package func run() -> Ending {
    loop.run()
    closeHandles()
    return ending!
  }

  // MARK: Connections

  private func accept(_ stream: ByteStream) {
    guard connections.count < limits.connectionsMax else {
      metrics.connectionsRefused += 1
      return refuse(stream)
    }
    metrics.connectionsAccepted += 1
    if let peer = stream.peerCredentials {
      logPeer(
        "connected",
        ["process": peer.processID, "user": peer.userID, "group": peer.groupID])
    }
    if isDraining { lateConnectionCount += 1 }
    connections.insert { Connection($0, stream: stream, server: self, now: .now) }
    metrics.connectionsOpen = UInt64(connections.count)
  }

  /// Says why before it closes; nothing is kept, so that a flood costs no memory.
  private func refuse(_ stream: ByteStream) {
    let message = ErrorMessage(
      Refusal(
        .tooManyConnections, "expected at most \(limits.connectionsMax) connections, got one more"))
    stream.write(message.encodedByteCount) { message.encode(requestID: 0, into: $0) }
    stream.flushAndClose()
  }

  /// A line that a peer causes: not more of them than a person would read.
  func logPeer(_ event: String, _ fields: @autoclosure () -> Log.Fields) {
    guard case .write(let leftOut) = peerLines.take(now: .now) else { return }
    if leftOut > 0 { log.info("lines about peers left out", ["count": leftOut]) }
    log.info(event, fields())
  }

  func connectionClosed(_ connection: Connection) {
    connections.remove(connection.id)
    if connection.isLate { lateConnectionCount -= 1 }
    metrics.connectionsOpen = UInt64(connections.count)
    stopIfDrained()
  }

  private func sweep() {
    let now = Instant.now
    forEachConnection { $0.sweep(now: now) }
    switch descriptorTrouble.observe(DescriptorLimit.isReached) {
    case .none: break
    case .begins:
      log.warning("no descriptor left: new connections are cut", ["open": connections.count])
    case .ends: log.info("descriptors are to be had again", ["open": connections.count])
    }
    stopIfDrained()
  }

  /// By place, so that connections may close meanwhile and nothing is allocated.
  private func forEachConnection(_ body: (Connection) -> Void) {
    for place in 0..<connections.placeCount {
      if let connection = connections[place: place] { body(connection) }
    }
  }

  // MARK: What connections ask

  var isDraining: Bool { drain.isDraining }
  var isOverUnsentBudget: Bool { unsentByteCount > limits.unsentByteCountMax }
  var isReady: Bool { !isDraining }

  var unsentByteCountMaxPerConnection: Int {
    limits.unsentByteCountMax(connectionCount: connections.count)
  }

  func stats(now: Instant) -> StatsReply {
    StatsReply(
      uptimeMicroseconds: now.microseconds(since: began),
      entries: metrics.entries(
        imagesQueued: inference.imagesQueued, requestsInFlight: inference.requestsInFlight,
        now: now))
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
        try SignalWatcher(signal, on: loop) { [unowned self] _ in stopWasRequested() })
    }
  }

  private func stopWasRequested() {
    switch drain.signalArrived(now: .now) {
    case .beginDrain:
      log.info("draining", ["connections": connections.count])
      forEachConnection { $0.drain() }
      stopIfDrained()
    case .stopNow: stop(.cut(connections: owedConnectionCount))
    case .ignore: break
    }
  }

  private func stopIfDrained() {
    switch drain.progress(now: .now, openConnections: owedConnectionCount) {
    case .wait: break
    case .stop: stop(.drained)
    case .stopUnfinished: stop(.cut(connections: owedConnectionCount))
    }
  }

  /// Those that were open when the drain began: later ones have been promised nothing.
  private var owedConnectionCount: Int { connections.count - lateConnectionCount }

  private func stop(_ ending: Ending) {
    self.ending = ending
    loop.stop()
  }

  private func closeHandles() {
    inference.stop()
    for listener in listeners { listener.close() }
    forEachConnection { $0.close() }
    for watcher in signalWatchers { watcher.close() }
    sweepTimer?.close()
    stopRequests?.close()
    loop.close()
  }
}
