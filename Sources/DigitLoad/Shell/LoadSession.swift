import DigitWire
import EventLoop

/// Drives loads on its own loop, one after the other, on connections that stay open between them;
/// one thread at a time.
final class LoadSession {
  private(set) var plan: LoadPlan
  private(set) var images: LabelledImages
  /// One for all connections: it is written and emptied within a call.
  let pieces = PieceList(
    scratchByteCount: PieceList.pieceCountMax / 2 * FrameHeader.byteCount)
  var window: LoadWindow
  /// Told of each interval of a measured part as it ends.
  var intervalCut: ((IntervalCut) -> Void)?

  private let loop: Loop
  private var timers: Timers!
  /// Ends the load that is driven, from any thread.
  private(set) var stopper: Wakeup!
  private var connections: [LoadConnection] = []
  private var state = State.idle
  private var terms: LoadTerms?
  /// Which connection an open loop's next request is offered first.
  private var turn = 0
  /// Whether anything came since the silence timer's last tick, and whether answers were owed then.
  private var hasHeard = false
  private var wasOwed = false

  private enum State {
    case idle
    case connecting(left: Int)
    case running
    case failed(LoadError)
  }

  private struct Timers {
    /// For what only time changes.
    let stage: Timer
    let interval: Timer
    let deadlines: Timer
    /// For servers that have stopped answering.
    let silence: Timer
    /// For the requests of an open loop.
    let alarm: Alarm
  }

  /// - Throws: `LoadError.system`.
  init(_ plan: LoadPlan, images: LabelledImages) throws(LoadError) {
    self.plan = plan
    self.images = images
    window = LoadWindow(plan, images)
    do {
      loop = try Loop()
      stopper = try Wakeup(on: loop) { [unowned self] in stop() }
      timers = Timers(
        stage: try Timer(on: loop) { [unowned self] in stageTimerFired() },
        interval: try Timer(on: loop) { [unowned self] in intervalTimerFired() },
        deadlines: try Timer(on: loop) { [unowned self] in deadlineTimerFired() },
        silence: try Timer(on: loop) { [unowned self] in silenceTimerFired() },
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
    SignalWatcher.blockBrokenPipesOnThisThread()
    precondition(images.batch == plan.batch)
    self.plan = plan
    self.images = images
    if !canReuseConnections { try connect() }
    try terms?.permit(plan)
  }

  /// Drives the load that was prepared, on any thread.
  func drive() -> LoadOutcome {
    SignalWatcher.blockBrokenPipesOnThisThread()
    begin()
    loop.run()
    timers.interval.stop()
    timers.deadlines.stop()
    timers.silence.stop()
    timers.alarm.stop()
    return window.outcome(terms)
  }

  /// Once, at the end.
  func close() {
    closeConnections()
    timers.stage.close()
    timers.interval.close()
    timers.deadlines.close()
    timers.silence.close()
    timers.alarm.close()
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
    timers.stage.start(after: plan.connectTimeout)
    for _ in 0..<plan.connections {
      guard case .connecting = state else { break }
      let connection = LoadConnection(self)
      connections.append(connection)
      connection.connect(on: loop)
    }
    loop.run()
    timers.stage.stop()
    guard case .failed(let error) = state else { return }
    closeConnections()
    throw error
  }

  private func closeConnections() {
    for connection in connections { connection.close() }
    connections = []
  }
}

// MARK: - What connections report

extension LoadSession {
  /// The whole load fails: it would not be the one that was asked for.
  func fail(_ error: LoadError) {
    guard case .connecting = state else { return }
    state = .failed(error)
    loop.stop()
  }

  func welcomed(_ terms: LoadTerms) {
    guard case .connecting(let left) = state else { return }
    self.terms = terms
    state = .connecting(left: left - 1)
    if left == 1 { loop.stop() }
  }

  func answersArrived(_ connection: LoadConnection, now: Instant) {
    guard case .running = state else { return }
    hasHeard = true
    advance(now)
    send(on: connection)
    endIfOver(now)
  }

  func streamHasRoom(_ connection: LoadConnection) {
    guard case .running = state else { return }
    send(on: connection)
  }

  /// A connection takes no requests any more, before the load is over.
  func connectionEnded(_ reason: String) {
    guard case .running = state else { return }
    window.connectionEnded(reason)
    endIfOver(.now)
  }

  /// Such a connection is gone.
  func connectionFinished() {
    guard case .running = state else { return }
    endIfOver(.now)
  }
}

// MARK: - A load's course

extension LoadSession {
  private func begin() {
    for connection in connections { connection.prepare() }
    window = LoadWindow(plan, images)
    let now = window.start
    state = .running
    (hasHeard, wasOwed) = (false, false)
    timers.silence.start(after: patience, every: patience)
    if let deadline = plan.deadline {
      // Answers are judged by their own time: this only bounds how long silence goes unnoticed.
      let pause = max(deadline / 10, .milliseconds(1))
      timers.deadlines.start(after: pause, every: pause)
    }
    setStageTimer(now)
    advance(now)
    for connection in connections { send(on: connection) }
  }

  private func send(on connection: LoadConnection) {
    switch plan.pacing {
    case .closedLoop: connection.fill()
    case .openLoop: sendDue()
    }
  }

  /// Sends what an open loop has due, to each connection in turn.
  private func sendDue() {
    guard case .running = state else { return }
    while let next = window.agenda?.next {
      let now = Instant.now
      guard next <= now else { return timers.alarm.set(next) }
      guard let connection = connectionWithRoom() else {
        window.agenda?.holdBack(now: now)
        return
      }
      connection.sendDue(now: now)
    }
  }

  private func connectionWithRoom() -> LoadConnection? {
    for _ in connections.indices {
      let connection = connections[turn % connections.count]
      turn = (turn + 1) % connections.count
      if connection.hasRoom { return connection }
    }
    return nil
  }

  private func stageTimerFired() {
    let now = Instant.now
    switch state {
    case .connecting(let left):
      fail(
        .connectFailed(
          address: plan.server.description,
          reason: "expected a WELCOME on each of \(plan.connections) connections within "
            + "\(plan.connectTimeout), got none on \(left)"))
    case .running:
      advance(now)
      endIfOver(now)
      setStageTimer(now)
    case .idle, .failed: break
    }
  }

  private func stop() {
    guard case .running = state else { return }
    let now = Instant.now
    window.stop(now: now)
    setStageTimer(now)
    endIfOver(now)
  }

  private func setStageTimer(_ now: Instant) {
    guard case .running = state, let change = window.stages.nextChange, change > now else { return }
    timers.stage.start(after: .microseconds(Int64(change.microseconds(since: now)) + 1))
  }

  private func advance(_ now: Instant) {
    while let transition = window.advance(now: now) {
      if transition == .measuringBegan {
        setIntervalTimer(now)
      }
      setStageTimer(now)
    }
  }

  private func intervalTimerFired() {
    guard case .running = state else { return }
    let now = Instant.now
    if let interval = window.cut(now: now) { intervalCut?(interval) }
    setIntervalTimer(now)
  }

  private func setIntervalTimer(_ now: Instant) {
    guard let next = window.nextCut(now: now) else { return }
    timers.interval.start(after: .microseconds(Int64(next.microseconds(since: now)) + 1))
  }

  private func deadlineTimerFired() {
    guard case .running = state else { return }
    let now = Instant.now
    for connection in connections { connection.checkDeadlines(now) }
    endIfOver(now)
  }

  private var patience: Duration { max(plan.answerTimeout, plan.deadline ?? .zero) }

  /// Where only answers end a load, it would wait for ever for those of a server that stands still.
  private func silenceTimerFired() {
    guard case .running = state else { return }
    let now = Instant.now
    let owing = connections.filter(\.isOwed)
    if wasOwed, !hasHeard, window.stages.endsWithAnswersOnly(now: now) {
      for connection in owing {
        connection.close()
        window.connectionEnded("nothing was answered for \(patience)")
      }
      advance(now)
      endIfOver(now)
    }
    (hasHeard, wasOwed) = (false, !owing.isEmpty)
  }

  private func endIfOver(_ now: Instant) {
    guard case .running = state,
      window.isOver(mayStillSend: connections.contains { $0.mayStillSend }, now: now)
    else { return }
    state = .idle
    // What has not been answered by now would be taken for the next load's.
    for connection in connections where !connection.isReusable { connection.close() }
    if let interval = window.finish(now: now) { intervalCut?(interval) }
    loop.stop()
  }
}
