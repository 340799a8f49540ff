import EventLoop

/// One load as far as it has come: its stages, what was sent and what became of it.
struct LoadWindow {
  var stages: LoadStages
  var tallies = LoadTallies()
  var rotation: ImageRotation
  private let firstRotation: ImageRotation
  /// Nil in a closed loop.
  var agenda: Agenda?

  /// When the warm-up began.
  let start: Instant
  private var began: ThreadMoment?
  private var ended: ThreadMoment?
  private var recorder: IntervalRecorder?
  private var hasCut = false
  private let interval: Duration
  private var connectionsLost = 0
  private var firstTrouble: String?
  private var neverSent = 0
  private var wasInterrupted = false

  /// Its time begins when all is ready.
  init(_ plan: LoadPlan, _ images: LabelledImages) {
    interval = plan.interval
    firstRotation = ImageRotation(images, order: plan.order, share: plan.share)
    rotation = firstRotation
    switch plan.pacing {
    case .closedLoop:
      start = .now
      stages = LoadStages(plan, now: start)
    case .openLoop(let schedule):
      let agenda = Agenda(schedule, plan: plan, start: .now)
      start = agenda.start
      stages = LoadStages(plan, extent: .time(agenda.measuredSpan), now: start)
      self.agenda = agenda
    }
  }

  mutating func advance(now: Instant) -> LoadStages.Transition? {
    guard let transition = stages.advance(now: now) else { return nil }
    switch transition {
    case .measuringBegan:
      began = ThreadMoment(instant: now)
      recorder = IntervalRecorder(now: now, interval: interval)
      // Which images are measured shall not depend on how many the warm-up took.
      rotation = firstRotation
    case .sendingEnded: ended = ThreadMoment(instant: now)
    }
    return transition
  }

  /// Whether nothing is left to do: what an open loop still owes is sent though its time is over.
  func isOver(mayStillSend: Bool, now: Instant) -> Bool {
    let owed = mayStillSend && agenda?.next != nil ? 1 : 0
    return stages.isOver(
      inFlight: tallies.inFlight + owed, mayStillSend: mayStillSend, now: now)
  }

  /// Ends the load before its time.
  mutating func stop(now: Instant) {
    wasInterrupted = true
    stages.stop(now: now)
    agenda?.stop(now: now)
    if ended == nil { ended = ThreadMoment(instant: now) }
  }

  mutating func connectionEnded(_ reason: String) {
    connectionsLost += 1
    firstTrouble = firstTrouble ?? reason
  }

  /// When the next interval ends; nil before the measured part.
  func nextCut(now: Instant) -> Instant? { recorder?.nextCut(now: now) }

  mutating func cut(now: Instant, isLast: Bool = false) -> IntervalCut? {
    hasCut = true
    return recorder?.cut(&tallies, now: now, isLast: isLast)
  }

  /// The last interval, where anything happened in it.
  mutating func finish(now: Instant) -> IntervalCut? {
    if ended == nil { ended = ThreadMoment(instant: now) }
    neverSent = agenda?.abandon() ?? 0
    guard !hasCut || recorder?.hasNews(tallies) == true else { return nil }
    return cut(now: now, isLast: true)
  }

  func outcome(_ terms: LoadTerms?) -> LoadOutcome {
    var outcome = LoadOutcome(
      model: terms?.model.name ?? "", modelVersion: terms?.model.version ?? 0,
      precision: terms?.model.precision ?? .float32, tallies: tallies, seconds: 0,
      client: ProcessorUse(busy: 0, waiting: 0), connectionsLost: connectionsLost,
      firstTrouble: firstTrouble)
    outcome.neverSent = neverSent
    outcome.wasInterrupted = wasInterrupted
    outcome.isOpenLoop = agenda != nil
    guard let began else { return outcome }
    outcome.measuringBegan = began.instant
    if let last = tallies.lastAnswer {
      outcome.seconds = Double(last.nanoseconds(since: began.instant)) * 1e-9
    }
    if let agenda, tallies.lastAnswer != nil {
      outcome.plannedSeconds = agenda.plannedSpan / .seconds(1)
      outcome.seconds = max(outcome.seconds, outcome.plannedSeconds)
    }
    if let ended {
      outcome.client = ended.use(since: began)
      outcome.sendingSeconds = Double(ended.instant.nanoseconds(since: began.instant)) * 1e-9
    }
    return outcome
  }
}
