import EventLoop

/// One load as far as it has come: permits and schedules what is sent, and counts what became of
/// it. It knows no connections but by their number.
package struct LoadWindow {
  private var stages: LoadStages
  package private(set) var tallies = LoadTallies()
  private var rotation: ImageRotation
  private let firstRotation: ImageRotation
  /// Nil in a closed loop.
  private var agenda: Agenda?
  private let stallTimeout: Duration
  private let interval: Duration

  /// When the warm-up began.
  package let start: Instant
  private var measuringBegan: Instant?
  private var sendingEnded: Instant?
  private var recorder: IntervalRecorder?
  private var hasCut = false
  /// Which connection an open loop's next request is offered first.
  private var turn = 0
  /// When the last answer came that was owed, or the first of those that are was asked for.
  private var lastProgress: Instant
  private let reconnects: Bool
  private var outages = Outages()
  /// What is to be sent again. No more than fits on all connections: while there is any, nothing
  /// new is sent.
  private var retries: [RequestLedger.Entry] = []
  private var connectionsLost = 0
  private var firstTrouble: String?
  private var neverSent = 0
  private var wasInterrupted = false

  /// - Parameter now: asked for when all is ready; there its time begins.
  package init(_ plan: LoadPlan, _ images: LabelledImages, now: @autoclosure () -> Instant) {
    interval = plan.interval
    reconnects = plan.reconnects
    stallTimeout = max(plan.stallTimeout, plan.deadline ?? .zero)
    firstRotation = ImageRotation(images, order: plan.order, share: plan.share)
    rotation = firstRotation
    switch plan.pacing {
    case .closedLoop:
      start = now()
      stages = LoadStages(plan, now: start)
    case .openLoop(let schedule):
      let agenda = Agenda(schedule, plan: plan, start: now())
      start = agenda.start
      stages = LoadStages(plan, extent: .time(agenda.measuredSpan), now: start)
      self.agenda = agenda
    }
    lastProgress = start
  }

  // MARK: Its course

  /// To be asked until it is nil, before anything else is decided at `now`.
  package mutating func advance(now: Instant) -> LoadStages.Transition? {
    guard let transition = stages.advance(now: now) else { return nil }
    switch transition {
    case .measuringBegan:
      measuringBegan = now
      recorder = IntervalRecorder(now: now, interval: interval)
      // Which images are measured shall not depend on how many the warm-up took.
      rotation = firstRotation
    case .sendingEnded: sendingEnded = now
    }
    return transition
  }

  /// When time alone changes its stage; nil where only answers do.
  package var nextChange: Instant? { stages.nextChange }

  /// Whether nothing is left to do: what an open loop still owes is sent though its time is over.
  package func isOver(mayStillSend: Bool, now: Instant) -> Bool {
    let owed = mayStillSend && agenda?.next != nil ? 1 : 0
    return stages.isOver(
      inFlight: tallies.inFlight + owed, mayStillSend: mayStillSend, now: now)
  }

  /// Ends the load before its time.
  package mutating func stop(now: Instant) {
    wasInterrupted = true
    stages.stop(now: now)
    agenda?.stop(now: now)
    if sendingEnded == nil { sendingEnded = now }
  }

  // MARK: What is sent

  /// What an open loop has to do now.
  package enum Turn: Equatable {
    /// Let this connection send.
    case send(on: Int)
    case wait(until: Instant)
    /// Wait for a connection to have room, or for the end.
    case idle
  }

  /// The next turn of an open loop; in a closed loop an answer makes it the turn of its connection.
  package mutating func turn(
    now: Instant, connectionCount: Int, hasRoom: (Int) -> Bool
  ) -> Turn {
    let next = agenda?.next
    guard !retries.isEmpty || next.map({ $0 <= now }) ?? false else {
      return next.map { .wait(until: $0) } ?? .idle
    }
    for _ in 0..<connectionCount {
      let connection = turn % connectionCount
      turn = (connection + 1) % connectionCount
      if hasRoom(connection) { return .send(on: connection) }
    }
    // What is to be sent again waits for room; that more becomes due meanwhile is to be noticed.
    if let next, next > now { return .wait(until: next) }
    agenda?.holdBack(now: now)
    return .idle
  }

  /// The next request that may be sent, by a connection that has room for it; counted as sent.
  package mutating func next(now: Instant) -> RequestLedger.Entry? {
    if !retries.isEmpty { return retry(now: now) }
    var entry: RequestLedger.Entry
    if agenda == nil {
      guard let part = stages.permit() else { return nil }
      tallies.began(part)
      entry = RequestLedger.Entry(intended: now, begun: now, firstImage: 0, part: part)
    } else {
      guard let due = agenda?.take(now: now) else { return nil }
      tallies.began(due)
      entry = RequestLedger.Entry(
        intended: due.intended, begun: now, firstImage: 0, part: due.part)
    }
    if tallies.owedCount == 1 { lastProgress = now }
    entry.firstImage = rotation.next()
    return entry
  }

  private mutating func retry(now: Instant) -> RequestLedger.Entry {
    var entry = retries.removeLast()
    entry.begun = now
    tallies.retry()
    outages.retried()
    if tallies.owedCount == 1 { lastProgress = now }
    return entry
  }

  package var isOpenLoop: Bool { agenda != nil }

  // MARK: What became of it

  /// - Parameter opened: when the connection was made; nil for one from before the load.
  package mutating func count(
    _ outcome: Conversation.Outcome, over opened: Instant? = nil, now: Instant
  ) {
    if reconnects {
      switch outcome {
      case .refused(let entry, .draining):
        retries.append(entry)
        tallies.postpone(owedCount: 1)
        outages.refused()
        lastProgress = now
        return
      case .answered: outages.answered(over: opened, now: now)
      case .refused, .timedOut, .answeredLate, .lateAnswer, .duplicate, .stray: break
      }
    }
    tallies.count(outcome, now: now)
    switch outcome {
    case .answered, .refused, .answeredLate, .lateAnswer: lastProgress = now
    // Nobody waits for these: a server that sends nothing else stands still.
    case .timedOut, .duplicate, .stray: break
    }
  }

  /// A connection takes no requests any more.
  package mutating func connectionEnded(_ reason: String, now: Instant) {
    if reconnects { outages.connectionEnded(now: now) }
    connectionsLost += 1
    firstTrouble = firstTrouble ?? reason
  }

  package mutating func lose(_ remains: Conversation.Remains) {
    guard reconnects else { return tallies.lose(remains) }
    retries += remains.requests
    tallies.postpone(owedCount: remains.owedCount)
    outages.lost(remains.requests.count)
  }

  /// A connection could not be made anew.
  package mutating func connectFailed() { outages.connectFailed() }

  /// When the outage began that is not over; nil where there is none.
  package var outageBegan: Instant? { outages.current?.began }

  /// What was to be sent again will not be.
  package mutating func loseRetries() {
    tallies.lose(Conversation.Remains(requests: retries, owedCount: 0))
    retries = []
  }

  package mutating func abandon(_ remains: Conversation.Remains) { tallies.abandon(remains) }

  /// Whether the server owes answers and none of them has come for the stall time-out.
  package func isStalled(now: Instant) -> Bool {
    tallies.owedCount > 0 && now.isAtLeast(stallTimeout, after: lastProgress)
  }

  /// When it would be stalled if nothing came until then.
  package func nextStallCheck(now: Instant) -> Instant {
    (tallies.owedCount > 0 ? lastProgress : now).advanced(by: stallTimeout)
  }

  // MARK: Figures

  /// When the next interval ends; nil before the measured part.
  package func nextCut(now: Instant) -> Instant? { recorder?.nextCut(now: now) }

  package mutating func cut(now: Instant, isLast: Bool = false) -> IntervalCut? {
    hasCut = true
    return recorder?.cut(&tallies, now: now, isLast: isLast)
  }

  /// The last interval, where anything happened in it.
  package mutating func finish(now: Instant) -> IntervalCut? {
    if sendingEnded == nil { sendingEnded = now }
    neverSent = agenda?.abandon() ?? 0
    loseRetries()
    guard !hasCut || recorder?.hasNews(tallies) == true else { return nil }
    return cut(now: now, isLast: true)
  }

  /// - Parameter client: how the thread spent the time in which it sent.
  func outcome(_ terms: LoadTerms?, client: ProcessorUse) -> LoadOutcome {
    var outcome = LoadOutcome(
      model: terms?.model.name ?? "", modelVersion: terms?.model.version ?? 0,
      precision: terms?.model.precision ?? .float32, tallies: tallies, seconds: 0,
      client: client, connectionsLost: connectionsLost, firstTrouble: firstTrouble)
    outcome.neverSent = neverSent
    outcome.outages = reconnects ? outages.all : nil
    outcome.wasInterrupted = wasInterrupted
    outcome.isOpenLoop = agenda != nil
    guard let measuringBegan else { return outcome }
    outcome.measuringBegan = measuringBegan
    if let last = tallies.lastAnswer {
      outcome.seconds = Double(last.nanoseconds(since: measuringBegan)) * 1e-9
    }
    if let agenda, tallies.lastAnswer != nil {
      outcome.plannedSeconds = agenda.plannedSpan / .seconds(1)
      outcome.seconds = max(outcome.seconds, outcome.plannedSeconds)
    }
    if let sendingEnded {
      outcome.sendingSeconds = Double(sendingEnded.nanoseconds(since: measuringBegan)) * 1e-9
    }
    return outcome
  }
}
