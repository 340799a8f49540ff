import DigitServer
import EventLoop
import Slots

/// One life of a simulated server, from its first connection to the end of its drain: which event
/// comes next is drawn from the seed, and after every one of them everything must add up.
struct Episode {
  let seed: UInt64
  private(set) var eventCount = 0
  private(set) var answerCount = 0

  private var random: SeededRandom
  private let server: SimulatedServer
  private var connections = SlotMap<Entry>()
  private let closed = Closed()

  private struct Entry {
    let client: SimulatedClient
    let loop: Int
  }

  /// Connections whose transport has closed, to be taken out of the table.
  private final class Closed {
    var ids: [SlotID] = []
  }

  private static let connectionsMax = 6
  private static let eventsBeforeDrain = 2_000
  /// A drain ends by itself: who does not close is timed out.
  private static let eventsOfDrainMax = 100_000

  init(seed: UInt64) throws {
    self.seed = seed
    random = SeededRandom(seed: seed)
    server = try SimulatedServer(&random)
  }

  mutating func run() throws {
    for _ in 0..<Self.eventsBeforeDrain { try next() }
    server.drain()
    for entry in entries { entry.client.connection.drain() }
    var drainEvents = 0
    while connections.count > 0 || server.hasWork {
      try next()
      drainEvents += 1
      guard drainEvents < Self.eventsOfDrainMax else { throw Fault("the drain does not end") }
    }
    try server.checkNothingIsLeft()
  }

  private var entries: [Entry] {
    (0..<connections.slotCount).compactMap { connections.entry(slot: $0)?.value }
  }

  private mutating func anyEntry() -> Entry? {
    guard connections.slotCount > 0 else { return nil }
    return connections.entry(slot: random.next(below: connections.slotCount))?.value
  }

  // MARK: Events

  private mutating func next() throws {
    eventCount += 1
    switch random.next(below: 100) {
    case 0..<3: connect()
    case 3..<25: anyEntry()?.client.predict(&random, now: server.now)
    case 25..<45: deliverToServer()
    case 45..<62: try deliverToClient()
    case 62..<72: server.endTurn(loop: random.next(below: server.loopCount))
    case 72..<84: server.work(random.next(below: 2))
    case 84..<91: server.fetchCompletions(loop: random.next(below: server.loopCount))
    case 91..<93: server.pass(microseconds: random.next(below: 2_000))
    case 93: sweep()
    case 94: anyEntry()?.client.cancel(&random)
    case 95, 96: anyEntry()?.client.askOtherwise(&random)
    case 97: anyEntry()?.client.expire(now: server.now)
    case 98: endSomehow()
    default: switchOrReload()
    }
    finishClosing()
    try check()
  }

  private mutating func switchOrReload() {
    server.finishReload()
    guard random.oneIn(10) else { return }
    server.switchModels()
    for entry in entries where !entry.client.transport.isClosing {
      entry.client.connection.modelsChanged()
    }
  }

  private mutating func connect() {
    guard connections.count < Self.connectionsMax, !server.isDraining || random.oneIn(50) else {
      return
    }
    let loop = random.next(below: server.loopCount)
    let closed = closed
    let age = random.oneIn(4) ? random.next(below: 300_000) : nil
    connections.insert { [server] id in
      let client = server.connect(id, loop: loop, ageMicroseconds: age) { closed.ids.append($0.id) }
      return Entry(client: client, loop: loop)
    }
  }

  /// A piece of what the client has sent reaches the server, unless the server does not read.
  private mutating func deliverToServer() {
    guard let client = anyEntry()?.client, !client.transport.isClosing,
      client.transport.isReadingWanted
    else { return }
    let givenBack = client.transport.takeGivenBack()
    if !givenBack.isEmpty {
      givenBack.withUnsafeBytes { client.connection.received($0, now: server.now) }
    } else if client.toServer.count > 0 {
      let bytes = client.toServer.take(1 + random.next(below: random.oneIn(4) ? 40 : 3_000))
      bytes.withUnsafeBytes { client.connection.received($0, now: server.now) }
    } else if client.toServer.hasEnded, !client.hasToldEnd {
      client.hasToldEnd = true
      client.connection.peerEnded()
    }
  }

  /// The system takes a piece of what the server has written, and the client reads a piece.
  private mutating func deliverToClient() throws {
    guard let client = anyEntry()?.client else { return }
    let transport = client.transport
    if !transport.isClosing, client.toClient.count < 4_000 || server.isLoose {
      let bytes = transport.takeUnsent(1 + random.next(below: 2_000))
      client.toClient.append(bytes)
      if !bytes.isEmpty || transport.isEnding { client.connection.sent() }
    }
    let piece = client.toClient.take(random.next(below: 2_000))
    let before = client.answerCount
    try client.received(piece)
    answerCount += client.answerCount - before
    client.sendWaiting(&random)
    let isOver = transport.isEnding && transport.unsentByteCount == 0
    if isOver, client.toClient.count == 0 { client.endSending() }
  }

  private mutating func sweep() {
    for entry in entries where !entry.client.transport.isClosing {
      entry.client.connection.sweep(now: server.now)
    }
  }

  private mutating func endSomehow() {
    guard let client = anyEntry()?.client, !client.transport.isClosing else { return }
    switch random.next(below: 8) {
    case 0: client.endSending()
    case 1: client.connection.failed(UVError(code: -104))
    case 2: client.saySomethingWrong(&random)
    case 3 where server.isDraining: client.endSending()
    default: break
    }
  }

  /// What has been closed is told so in a later turn, as libuv does.
  private mutating func finishClosing() {
    for entry in entries where entry.client.transport.isClosing && random.oneIn(3) {
      entry.client.connection.transportClosed()
      entry.client.end()
    }
    for id in closed.ids { connections.remove(id) }
    closed.ids = []
  }

  // MARK: What must hold

  private func check() throws {
    server.checkStructures()
    var unsent = [Int](repeating: 0, count: server.loopCount)
    var inFlight = 0
    for entry in entries {
      inFlight += entry.client.connection.requestsInFlight
      guard !entry.client.transport.isClosing else { continue }
      let byteCount = entry.client.transport.unsentByteCount
      unsent[entry.loop] += byteCount
      guard byteCount > 0 || entry.client.transport.isReadingWanted else {
        throw Fault("a connection that has sent everything is not read from")
      }
    }
    guard inFlight <= server.requestCount + server.reloadCount else {
      throw Fault("\(inFlight) requests wait for an answer, the services have fewer")
    }
    try server.checkBudgets(unsent: unsent)
  }
}
