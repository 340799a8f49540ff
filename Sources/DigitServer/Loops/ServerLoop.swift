import DigitTLS
import EventLoop
import Slots

/// One loop of the server: its connections, its share of images and requests, its metrics.
///
/// Everything here belongs to the thread that calls `run`, but for `mail`, `count` and the figures,
/// which are for any. It shares nothing with other loops but the queue of jobs.
final class ServerLoop: @unchecked Sendable {
  // Unchecked: made on the thread that starts the one that runs it, which orders the two.
  let loop: Loop
  let port: LoopPort
  private(set) var mail: LoopMail!
  let count = ConnectionCount()
  private let context: LoopContext
  private let http: HTTPContext
  /// Nil where the server does not encrypt.
  private let secure: SecureEntrance?
  private let completionWakeup: Wakeup
  private let inference: InferenceService
  private var sweepTimer: Timer?
  private var connections = SlotMap<Entry>()
  /// A connection has closed during a drain; on this loop's thread.
  private let connectionEnded: () -> Void
  private var time = ServingTime(now: .now)
  private var turns = TurnSampling()
  /// By standing, as the sweep under way finds them.
  private var standings = [Int](repeating: 0, count: ConnectionStanding.allCases.count)

  private struct Entry {
    let connection: any DoorConnection
    let door: Door
    let isLate: Bool
    let passage: SecureEntrance.Passage?
  }

  /// What a loop needs of its process.
  struct Setup {
    /// Those of one loop.
    let limits: ServerLimits
    let queue: JobQueue
    let catalog: ModelCatalog
    let repository: ModelRepository?
    let access: AccessList
    let tls: TLSServer?
    let log: Log
    /// The share of requests that are logged; nil for none.
    let loggedFraction: Double?
    let figures: ServerFigures
    let httpHosts: HTTPHosts
    let version: String
    let background: BackgroundQueue
  }

  /// How often connections are looked at for time-outs. Coarse: the times are seconds.
  static let sweepInterval = Duration.milliseconds(500)

  /// - Throws: `UVError` when the system gives no more descriptors.
  init(
    _ index: LoopIndex, _ setup: Setup, metrics: LoopMetrics,
    connectionEnded: @escaping () -> Void
  ) throws(UVError) {
    self.connectionEnded = connectionEnded
    loop = try Loop()
    let slab = ImageSlab(slotCount: setup.limits.imagesMax)
    let completions = CompletionQueue(capacity: 2 * setup.limits.requestsMax)
    let inbox = Inbox()
    let wakeup = try Wakeup(on: loop) { inbox.service?.fetchCompletions() }
    completionWakeup = wakeup
    port = LoopPort(slab: slab, completions: completions) { wakeup.wake() }
    inference = InferenceService(
      loop: index, limits: setup.limits, port: port, queue: setup.queue, metrics: metrics)
    inbox.service = inference
    context = LoopContext(
      limits: setup.limits, inference: inference, metrics: metrics, log: setup.log,
      requestLog: setup.loggedFraction.map { RequestLog(setup.log, fraction: $0) },
      access: setup.access, catalog: setup.catalog, figures: setup.figures)
    secure = setup.tls.map { [loop, context] in
      SecureEntrance(
        $0, on: loop, limits: setup.limits, metrics: metrics, log: context.log)
    }
    let mailbox = Mailbox()
    let background = setup.background
    http = HTTPContext(loop: context, hosts: setup.httpHosts, version: setup.version) { work in
      let mail = mailbox.mail!
      return background.add {
        let sequel = work()
        mail.post(.perform { _ in sequel() })
      }
    }
    loop.turnEnd = { [unowned self] in endTurn() }
    loop.turnSent = { [inference] in inference.turnSent(now: .now) }
    mail = try LoopMail(on: loop) { [unowned self] in readMail() }
    mailbox.mail = mail
    if let repository = setup.repository {
      context.repository = RepositoryAccess { [mail] command, completion in
        let completion = LoopBound(value: completion)
        return repository.request(command) { report in
          mail!.post(.perform { _ in completion.value(report) })
        }
      }
    }
    sweepTimer = try Timer(on: loop) { [unowned self] in sweep() }
    sweepTimer?.start(after: Self.sweepInterval, every: Self.sweepInterval)
  }

  /// Breaks the knot between the wakeup, which is made first, and what it wakes.
  private final class Inbox {
    var service: InferenceService?
  }

  /// The same for the mail, by which background work comes back.
  private final class Mailbox {
    var mail: LoopMail?
  }

  private func endTurn() {
    inference.submit()
    context.turnEnded()
    context.metrics.memoryHeldBytes.set(context.memory.byteCount)
    if let nanoseconds = turns.turnEnded(processor: { ProcessClock.threadNanoseconds }) {
      context.metrics.turnEnded(nanoseconds: nanoseconds)
    }
  }

  /// Runs until it is told to stop.
  func run() { loop.run() }

  /// Closes everything. After `run`, on its thread or with that thread joined, when no worker is
  /// left.
  func close() {
    forEachConnection { $0.close() }
    sweepTimer?.close()
    completionWakeup.close()
    mail.close()
    loop.close()
    inference.dropAll()
  }

  // MARK: Mail

  private func readMail() {
    for message in mail.takeAll() {
      switch message {
      case .adopt(let newcomer): adopt(newcomer)
      case .serve(let catalog): serve(catalog)
      case .perform(let body): body(context)
      case .drain: drain()
      case .stop: loop.stop()
      }
    }
  }

  /// Makes a connection of a socket that `count` has counted in.
  func adopt(_ newcomer: Newcomer) {
    let (credentials, peer) = (newcomer.socket.peerCredentials, newcomer.socket.peerAddress)
    guard let stream = try? ByteStream(adopting: newcomer.socket, loop: loop) else {
      return ended(newcomer.door, isLate: newcomer.isLate)
    }
    context.metrics.connectionsAccepted.add()
    let origin: PeerOrigin = newcomer.socket.isUnix ? .unixSocket : .network(peer)
    let entrance = newcomer.socket.isUnix ? nil : secure
    let id = connections.insert { id in
      if let credentials {
        context.log.info(
          "connected", about: ConnectionLabel(number: id.index, peer: origin), now: .now,
          [
            "process": credentials.processID, "user": credentials.userID,
            "group": credentials.groupID,
          ])
      }
      let passage = entrance?.open(newcomer.door, id, stream, peer: peer, now: time.now)
      let connection = open(newcomer, id, stream, origin)
      stream.delegate = connection
      return Entry(
        connection: connection, door: newcomer.door, isLate: newcomer.isLate, passage: passage)
    }
    if let oldest = entrance?.began(id) { cutHandshake(of: oldest) }
    countConnections()
  }

  /// Another handshake takes its place.
  private func cutHandshake(of id: SlotID) {
    guard let entry = connections[id], let passage = entry.passage else { return }
    secure?.cutOldest(passage, now: time.now)
    entry.connection.close()
  }

  private func open(
    _ newcomer: Newcomer, _ id: SlotID, _ stream: ByteStream, _ origin: PeerOrigin
  ) -> any DoorConnection {
    let expires = context.limits.connectionAge.map { age in
      // All at once would come again all at once.
      time.now.advanced(by: age * Double.random(in: 0.9...1.1))
    }
    switch newcomer.door {
    case .binary:
      return BinaryConnection(
        id, transport: stream, context: context, origin: origin,
        turnedAway: newcomer.turnedAway, expires: expires, now: time.now
      ) { [unowned self] in closed($0.id) }
    case .http:
      return HTTPConnection(
        id, transport: stream, context: http, origin: origin, expires: expires, now: time.now
      ) { [unowned self] in closed($0.id) }
    }
  }

  func serve(_ catalog: ModelCatalog) {
    let isNews = catalog.entries != context.catalog.entries
    context.catalog = catalog
    if isNews { forEachConnection { $0.modelsChanged() } }
  }

  func drain() {
    context.isDraining = true
    forEachConnection { $0.drain() }
  }

  // MARK: Connections

  private func closed(_ connection: SlotID) {
    let entry = connections.remove(connection)
    if entry.passage != nil { secure?.closed(connection) }
    countConnections()
    ended(entry.door, isLate: entry.isLate)
  }

  private func countConnections() {
    context.unsent.connectionCount = connections.count
    context.metrics.connectionsOpen.set(connections.count)
    context.metrics.httpConnectionsOpen.set(count.openCount(of: .http))
  }

  private func ended(_ door: Door, isLate: Bool) {
    count.remove(door, isLate: isLate)
    if context.isDraining { connectionEnded() }
  }

  private func sweep() {
    let now = time.advance(to: .now)
    for index in standings.indices { standings[index] = 0 }
    forEachEntry { entry in
      let isHandshaking = entry.passage?.stage.isHandshaking == true
      standings[(isHandshaking ? .greeting : entry.connection.standing).rawValue] += 1
      if let passage = entry.passage, secure?.isOverdue(passage, now: now) == true {
        entry.connection.close()
      } else {
        entry.connection.sweep(now: now)
      }
    }
    context.metrics.swept(standings)
  }

  /// By slot, so that connections may close meanwhile and nothing is allocated.
  private func forEachEntry(_ body: (Entry) -> Void) {
    for slot in 0..<connections.slotCount {
      if let entry = connections.entry(slot: slot) { body(entry.value) }
    }
  }

  private func forEachConnection(_ body: (any DoorConnection) -> Void) {
    forEachEntry { body($0.connection) }
  }
}
