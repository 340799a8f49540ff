import DigitWire
import EventLoop

/// Drives one load from the calling thread and its own loop, and returns when it is over.
package final class LoadRun {
  let plan: LoadPlan
  let images: LabelledImages
  /// One for all connections: it is written and emptied within a call.
  let pieces = PieceList(
    scratchByteCount: PieceList.pieceCountMax / 2 * FrameHeader.byteCount)
  var rotation: ImageRotation
  var stages: LoadStages
  var tallies = LoadTallies()

  private let loop: Loop
  private var timer: Timer?
  private var connections: [LoadConnection] = []
  private var state = State.connecting(left: 0)
  private var measuringBegan: ThreadMoment?
  private var sendingEnded: ThreadMoment?
  private var terms: LoadTerms?
  private var connectionsLost = 0
  private var firstTrouble: String?

  private enum State {
    case connecting(left: Int)
    case running
    case over
    case failed(LoadError)
  }

  /// - Parameter images: pixels and labels; at least one image.
  /// - Throws: `LoadError.system`.
  package init(_ plan: LoadPlan, pixels: [UInt8], labels: [UInt8]) throws(LoadError) {
    precondition(plan.connections > 0 && plan.pipeline > 0 && plan.batch > 0)
    self.plan = plan
    images = LabelledImages(pixels: pixels, labels: labels, batch: plan.batch)
    rotation = ImageRotation(images)
    stages = LoadStages(plan, now: .now)
    do {
      loop = try Loop()
    } catch {
      throw .system(error.description)
    }
  }

  /// Once.
  /// - Throws: `LoadError` where a connection cannot be made or the server's terms forbid the plan.
  package func run() throws(LoadError) -> LoadOutcome {
    SignalWatcher.blockBrokenPipesOnThisThread()
    connect()
    loop.run()
    loop.close()
    connections = []
    switch state {
    case .failed(let error): throw error
    case .connecting, .running, .over: return outcome
    }
  }

  private func connect() {
    state = .connecting(left: plan.connections)
    do {
      timer = try Timer(on: loop) { [unowned self] in timerFired() }
    } catch {
      return fail(.system(error.description))
    }
    timer?.start(after: plan.connectTimeout)
    for _ in 0..<plan.connections {
      guard case .connecting = state else { return }
      let connection = LoadConnection(self)
      connections.append(connection)
      connection.connect(on: loop)
    }
  }

  private func close() {
    timer?.close()
    for connection in connections { connection.close() }
  }

  private var outcome: LoadOutcome {
    var outcome = LoadOutcome(
      model: terms?.model.name ?? "", modelVersion: terms?.model.version ?? 0, tallies: tallies,
      seconds: 0, client: ProcessorUse(busy: 0, waiting: 0), connectionsLost: connectionsLost,
      firstTrouble: firstTrouble)
    guard let measuringBegan else { return outcome }
    if let last = tallies.lastAnswer {
      let microseconds = last.microseconds(since: measuringBegan.instant)
      outcome.seconds = Double(microseconds) / 1_000_000
    }
    if let sendingEnded { outcome.client = sendingEnded.use(since: measuringBegan) }
    return outcome
  }
}

// MARK: - What connections report

extension LoadRun {
  /// The whole load fails: it would not be the one that was asked for.
  func fail(_ error: LoadError) {
    guard case .connecting = state else { return }
    state = .failed(error)
    close()
  }

  func welcomed(_ terms: LoadTerms) {
    guard case .connecting(let left) = state else { return }
    self.terms = terms
    guard left == 1 else {
      state = .connecting(left: left - 1)
      return
    }
    state = .running
    let now = Instant.now
    stages = LoadStages(plan, now: now)
    setTimer(now)
    advance(now)
    for connection in connections { connection.fill() }
  }

  func answersArrived(_ connection: LoadConnection, now: Instant) {
    guard case .running = state else { return }
    advance(now)
    connection.fill()
    endIfOver(now)
  }

  func streamHasRoom(_ connection: LoadConnection) {
    guard case .running = state else { return }
    connection.fill()
  }

  func connectionEnded(_ reason: String) {
    connectionsLost += 1
    firstTrouble = firstTrouble ?? reason
    endIfOver(.now)
  }
}

// MARK: - Time

extension LoadRun {
  private func timerFired() {
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
      setTimer(now)
    case .over, .failed: break
    }
  }

  private func setTimer(_ now: Instant) {
    guard case .running = state, let change = stages.nextChange else { return }
    timer?.start(after: .microseconds(Int64(change.microseconds(since: now)) + 1))
  }

  private func advance(_ now: Instant) {
    while let transition = stages.advance(now: now) {
      switch transition {
      case .measuringBegan: measuringBegan = ThreadMoment(instant: now)
      case .sendingEnded: sendingEnded = ThreadMoment(instant: now)
      }
      setTimer(now)
    }
  }

  private func endIfOver(_ now: Instant) {
    guard case .running = state,
      stages.isOver(
        inFlight: tallies.inFlight, mayStillSend: connections.contains { $0.mayStillSend },
        now: now)
    else { return }
    if sendingEnded == nil { sendingEnded = ThreadMoment(instant: now) }
    state = .over
    close()
  }
}
