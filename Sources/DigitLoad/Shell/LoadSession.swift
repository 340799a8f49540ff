import DigitWire
import EventLoop

/// Drives loads on its own loop, one after the other, on connections that stay open between them;
/// one thread at a time.
///
///     connections ── events ──► session ──► window: counts, permits
///          ▲                                  │
///          └────────── requests ◄─────────────┘
final class LoadSession {
  /// Called with each interval of a measured part as it ends.
  var intervalCut: ((IntervalCut) -> Void)?
  /// Ends the load that is driven, from any thread.
  private(set) var stopper: Wakeup!

  private let loop: Loop
  private var timers: LoadTimers!
  private var supplies: LoadSupplies
  private var connections: [LoadConnection] = []
  /// Others have their place, and they wait for what is in flight.
  private var leaving: [LoadConnection] = []
  /// Whether connections that end are made anew.
  private var isPersistent = false
  private var window: LoadWindow
  private var state = State.idle
  private var terms: LoadTerms?
  private var measuringBegan: ThreadMoment?
  private var sendingEnded: ThreadMoment?

  private enum State {
    case idle
    case connecting(left: Int)
    case running
    case failed(LoadError)
  }

  private var plan: LoadPlan { supplies.plan }
  /// Of the model that answers; nil before a connection is made.
  var modelName: String? { terms?.model.name }

  /// - Throws: `LoadError.system`.
  init(_ plan: LoadPlan, images: LabelledImages) throws(LoadError) {
    supplies = LoadSupplies(plan: plan, images: images)
    window = LoadWindow(plan, images, now: .now)
    do {
      loop = try Loop()
      stopper = try Wakeup(on: loop) { [unowned self] in stop() }
      timers = LoadTimers(
        stage: try Timer(on: loop) { [unowned self] in stageTimerFired() },
        interval: try Timer(on: loop) { [unowned self] in intervalTimerFired() },
        deadlines: try Timer(on: loop) { [unowned self] in deadlineTimerFired() },
        stall: try Timer(on: loop) { [unowned self] in stallTimerFired() },
        reconnect: try Timer(on: loop) { [unowned self] in reconnectTimerFired() },
        alarm: try Alarm(on: loop) { [unowned self] in sendDue() })
    } catch {
      throw .system(error.description)
    }
  }

  /// Readies all connections for a load; its server and model are those of the last one.
  /// - Parameter images: in requests of the plan's batch.
  /// - Throws: `LoadError` where a connection cannot be made or the server's terms forbid the plan.
  func prepare(_ plan: LoadPlan, images: LabelledImages) throws(LoadError) {
    precondition(plan.connections > 0 && plan.pipeline > 0 && plan.batch > 0)
    precondition(images.batch == plan.batch)
    SignalWatcher.blockBrokenPipesOnThisThread()
    (supplies.plan, supplies.images) = (plan, images)
    if !canReuseConnections { try connect() }
    try terms?.permit(plan)
  }

  /// Drives the load that was prepared, on any thread.
  func drive() -> LoadOutcome {
    SignalWatcher.blockBrokenPipesOnThisThread()
    begin()
    loop.run()
    timers.stop()
    var client = ProcessorUse(busy: 0, waiting: 0)
    if let measuringBegan, let sendingEnded { client = sendingEnded.use(since: measuringBegan) }
    return window.outcome(terms, client: client)
  }

  /// Once, at the end.
  func close() {
    closeConnections()
    timers.close()
    stopper.close()
    loop.run()
    loop.close()
  }

  // MARK: Connections

  private var canReuseConnections: Bool {
    connections.count == plan.connections && connections.allSatisfy(\.isReusable)
  }

  private func connect() throws(LoadError) {
    closeConnections()
    state = .connecting(left: plan.connections)
    for _ in 0..<plan.connections {
      guard case .connecting = state else { break }
      let connection = LoadConnection(supplies, delegate: self)
      connections.append(connection)
      connection.connect(on: loop)
    }
    loop.run()
    guard case .failed(let error) = state else { return }
    state = .idle
    closeConnections()
    throw error
  }

  private func closeConnections() {
    for connection in connections + leaving { connection.close() }
    (connections, leaving) = ([], [])
  }

  /// The whole load fails: it would not be the one that was asked for.
  private func fail(_ error: LoadError) {
    switch state {
    case .connecting:
      state = .failed(error)
      loop.stop()
    case .running: window.connectFailed()
    case .idle, .failed: break
    }
  }
}

// MARK: - What connections report

extension LoadSession: LoadConnectionDelegate {
  func connection(_ connection: LoadConnection, wasWelcomed terms: LoadTerms) {
    self.terms = terms
    guard case .connecting(let left) = state else { return }
    state = .connecting(left: left - 1)
    if left == 1 { loop.stop() }
  }

  func connection(_ connection: LoadConnection, didFail error: LoadError) { fail(error) }

  func connection(
    _ connection: LoadConnection, saw outcome: Conversation.Outcome, now: Instant
  ) {
    window.count(outcome, over: connection.opened, now: now)
  }

  func connectionMayHaveRoom(_ connection: LoadConnection) {
    guard case .running = state else { return }
    let now = Instant.now
    advance(now)
    if window.isOpenLoop { sendDue() } else { fill(connection, now) }
    endIfOver(now)
  }

  func connection(_ connection: LoadConnection, willSendNoMore reason: String) {
    guard case .running = state else { return }
    window.connectionEnded(reason, now: .now)
    connectionEnded()
  }

  func connection(
    _ connection: LoadConnection, broke reason: String?, losing remains: Conversation.Remains
  ) {
    guard case .running = state else { return }
    let now = Instant.now
    if let reason { window.connectionEnded(reason, now: now) }
    window.lose(remains)
    connectionEnded()
  }

  private func connectionEnded() {
    // Not here: it is one of the connection's own calls.
    if isPersistent { timers.reconnect.start(after: .zero) }
    endIfOver(.now)
  }
}

// MARK: - A load's course

extension LoadSession {
  private func begin() {
    for connection in connections { connection.prepare(supplies) }
    (measuringBegan, sendingEnded) = (nil, nil)
    isPersistent = plan.reconnects
    window = LoadWindow(plan, supplies.images, now: .now)
    let now = window.start
    state = .running
    if let deadline = plan.deadline {
      // Answers are judged by their own time: this only bounds how long silence goes unnoticed.
      let pause = max(deadline / 10, .milliseconds(1))
      timers.deadlines.start(after: pause, every: pause)
    }
    timers.stall.start(until: window.nextStallCheck(now: now), now: now)
    setStageTimer(now)
    advance(now)
    // What a server says with its WELCOME may be that it takes nothing.
    for trouble in connections.compactMap(\.trouble) {
      window.connectionEnded(trouble, now: now)
      if isPersistent { timers.reconnect.start(after: .zero) }
    }
    if window.isOpenLoop {
      sendDue()
    } else {
      for connection in connections { fill(connection, now) }
    }
    endIfOver(now)
  }

  /// In a closed loop each connection sends what its own answers make room for.
  private func fill(_ connection: LoadConnection, _ now: Instant) {
    connection.send { window.next(now: now) }
  }

  /// Sends what an open loop has due.
  private func sendDue() {
    while case .running = state {
      let now = Instant.now
      let turn = window.turn(now: now, connectionCount: connections.count) {
        connections[$0].hasRoom
      }
      switch turn {
      case .send(let index): connections[index].send { window.next(now: now) }
      case .wait(let moment): return timers.alarm.set(moment)
      case .idle: return
      }
    }
  }

  private func stageTimerFired() {
    let now = Instant.now
    switch state {
    case .running:
      advance(now)
      endIfOver(now)
      setStageTimer(now)
    case .idle, .connecting, .failed: break
    }
  }

  private func stop() {
    switch state {
    case .connecting: fail(.interrupted)
    case .running:
      let now = Instant.now
      window.stop(now: now)
      noteEndOfSending(now)
      setStageTimer(now)
      endIfOver(now)
    case .idle, .failed: break
    }
  }

  private func setStageTimer(_ now: Instant) {
    guard case .running = state, let change = window.nextChange, change > now else { return }
    timers.stage.start(until: change, now: now)
  }

  private func advance(_ now: Instant) {
    while let transition = window.advance(now: now) {
      switch transition {
      case .measuringBegan:
        measuringBegan = ThreadMoment(instant: now)
        setIntervalTimer(now)
      case .sendingEnded: noteEndOfSending(now)
      }
      setStageTimer(now)
    }
  }

  private func noteEndOfSending(_ now: Instant) {
    if sendingEnded == nil { sendingEnded = ThreadMoment(instant: now) }
  }

  private func intervalTimerFired() {
    guard case .running = state else { return }
    let now = Instant.now
    if let interval = window.cut(now: now) { intervalCut?(interval) }
    setIntervalTimer(now)
  }

  private func setIntervalTimer(_ now: Instant) {
    guard let next = window.nextCut(now: now) else { return }
    timers.interval.start(until: next, now: now)
  }

  /// Between two attempts to connect.
  private static let reconnectPause = Duration.milliseconds(20)

  /// Sends again what was lost, and makes the connections anew that have ended.
  private func reconnectTimerFired() {
    guard case .running = state else { return }
    let now = Instant.now
    // A server that drains waits for its clients to go.
    for connection in leaving where connection.owesNothing { connection.close() }
    leaving.removeAll { !$0.isOpen }
    let isDown = !connections.contains { $0.mayStillSend }
    if isDown, let began = window.outageBegan, now.isAtLeast(plan.connectTimeout, after: began) {
      isPersistent = false
      window.loseRetries()
      return endIfOver(now)
    }
    if window.isOpenLoop {
      sendDue()
    } else {
      for connection in connections { fill(connection, now) }
    }
    for index in connections.indices where connections[index].isSpent {
      if connections[index].isOpen { leaving.append(connections[index]) }
      connections[index] = LoadConnection(supplies, delegate: self)
      connections[index].connect(on: loop)
    }
    guard !leaving.isEmpty || connections.contains(where: { !$0.mayStillSend }) else { return }
    timers.reconnect.start(after: Self.reconnectPause)
  }

  private func deadlineTimerFired() {
    guard case .running = state else { return }
    let now = Instant.now
    for connection in connections + leaving { connection.checkDeadlines(now) }
    endIfOver(now)
  }

  /// A server that owes answers and sends none would be waited for without end.
  private func stallTimerFired() {
    guard case .running = state else { return }
    let now = Instant.now
    guard window.isStalled(now: now) else {
      return timers.stall.start(until: window.nextStallCheck(now: now), now: now)
    }
    for connection in connections + leaving where !connection.isReusable && connection.isOpen {
      if connection.mayStillSend {
        window.connectionEnded("nothing was answered for \(plan.stallTimeout)", now: now)
      }
      let remains = connection.close()
      if isPersistent { window.lose(remains) } else { window.abandon(remains) }
    }
    if isPersistent { timers.reconnect.start(after: .zero) }
    timers.stall.start(until: window.nextStallCheck(now: now), now: now)
    advance(now)
    endIfOver(now)
  }

  private func endIfOver(_ now: Instant) {
    guard case .running = state,
      window.isOver(
        mayStillSend: isPersistent || connections.contains { $0.mayStillSend }, now: now)
    else { return }
    state = .idle
    noteEndOfSending(now)
    // What has not been answered by now would be taken for the next load's.
    for connection in connections + leaving where !connection.isReusable {
      window.abandon(connection.close())
    }
    leaving = []
    if let interval = window.finish(now: now) { intervalCut?(interval) }
    loop.stop()
  }
}
