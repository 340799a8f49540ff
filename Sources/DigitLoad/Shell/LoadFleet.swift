import EventLoop

/// Drives loads from several threads at once: to each its own session, with its share of the
/// connections and of what is sent over them.
package final class LoadFleet {
  private let sessions: [LoadSession]
  private var servers: [SocketAddress]
  private let pixels: [UInt8]
  private let labels: [UInt8]?
  /// Of all sessions, in requests of the last plan's batch.
  private var images: LabelledImages
  package let stopper: Stopper
  /// Called with each interval of a measured part once all threads have ended it, by one at a
  /// time, whichever was the last.
  package var intervalEnded: ((LoadInterval) -> Void)?

  /// - Parameters:
  ///   - pixels: of at least one image.
  ///   - labels: nil where it is unknown what they show.
  ///   - threads: how many; the calling thread is the first.
  /// - Precondition: there are as many connections as threads, or more, and as many threads for one
  ///   server as for another.
  /// - Throws: `LoadError.system`.
  package init(
    _ plan: LoadPlan, pixels: [UInt8], labels: [UInt8]?, threads: Int = 1
  ) throws(LoadError) {
    images = LabelledImages(pixels: pixels, labels: labels, batch: plan.batch)
    self.pixels = pixels
    self.labels = labels
    var sessions: [LoadSession] = []
    for share in plan.shares(threads) {
      sessions.append(try LoadSession(share, images: images))
    }
    self.sessions = sessions
    servers = plan.servers
    stopper = Stopper(sessions.map(\.stopper))
  }

  /// Drives one load and ends.
  /// - Throws: `LoadError` where a connection cannot be made or the server's terms forbid the plan.
  package static func run(
    _ plan: LoadPlan, pixels: [UInt8], labels: [UInt8]?, threads: Int = 1
  ) throws(LoadError) -> LoadOutcome {
    let fleet = try LoadFleet(plan, pixels: pixels, labels: labels, threads: threads)
    defer { fleet.close() }
    return try fleet.run(plan)
  }

  /// Drives one load; its server and model are those of the last one.
  /// - Throws: `LoadError` where a connection cannot be made or the server's terms forbid the plan.
  package func run(_ plan: LoadPlan) throws(LoadError) -> LoadOutcome {
    try prepare(plan)
    return try drive()
  }

  /// Makes the connections for a load where the last one's cannot serve.
  /// - Throws: `LoadError` where a connection cannot be made or the server's terms forbid the plan.
  package func prepare(_ plan: LoadPlan) throws(LoadError) {
    if images.batch != plan.batch {
      images = LabelledImages(pixels: pixels, labels: labels, batch: plan.batch)
    }
    for (session, share) in zip(sessions, plan.shares(sessions.count)) {
      try session.prepare(share, images: images)
    }
    try requireOneModel()
  }

  /// Servers whose defaults differ would be measured at different things.
  private func requireOneModel() throws(LoadError) {
    let models = sessions.enumerated().map { index, session in
      (name: session.modelName ?? "none", server: servers[index % servers.count])
    }
    guard let other = models.first(where: { $0.name != models[0].name }) else { return }
    throw .differentModels(
      "\(models[0].name) at \(models[0].server)", "\(other.name) at \(other.server)")
  }

  /// Drives the load that was prepared.
  /// - Throws: `LoadError.system` where there are no more threads.
  package func drive() throws(LoadError) -> LoadOutcome {
    let collector = IntervalCollector(sessionCount: sessions.count, told: intervalEnded)
    for (index, session) in sessions.enumerated() {
      session.intervalCut = { collector.add($0, of: index) }
    }
    let crews = sessions.enumerated().map { index, session in
      Crew(session) { collector.end(index) }
    }
    var threads: [WorkerThread] = []
    defer { for thread in threads { thread.join() } }
    do {
      for crew in crews.dropFirst() { threads.append(try WorkerThread { crew.drive() }) }
    } catch {
      throw .system(error.description)
    }
    crews[0].drive()
    for thread in threads { thread.join() }
    threads = []
    let parts = crews.map { $0.outcome! }
    var outcome = LoadOutcome(merging: parts)
    if servers.count > 1 { outcome.servers = shares(parts) }
    outcome.intervals = collector.all
    return outcome
  }

  /// What each server had of a load.
  private func shares(_ parts: [LoadOutcome]) -> [LoadOutcome.ServerShare] {
    servers.enumerated().map { index, address in
      let own = stride(from: index, to: parts.count, by: servers.count).map { parts[$0] }
      return LoadOutcome.ServerShare(address: address, outcome: LoadOutcome(merging: own))
    }
  }

  /// Ends what is prepared or driven, from any thread, and what is begun after that: a load waits
  /// shortly for what is in flight, and its outcome is what there is.
  package final class Stopper: Sendable {
    /// Empty once the fleet has closed: no loop may be woken that is gone.
    private let wakeups: Guarded<[Wakeup]>

    fileprivate init(_ wakeups: [Wakeup]) { self.wakeups = Guarded(wakeups) }

    package func stop() {
      wakeups.withLock { for wakeup in $0 { wakeup.wake() } }
    }

    fileprivate func close() { wakeups.withLock { $0 = [] } }
  }

  /// Once, at the end.
  package func close() {
    stopper.close()
    for session in sessions { session.close() }
  }
}

/// A session while a thread drives it: the thread's beginning and end order all access.
private final class Crew: @unchecked Sendable {
  private let session: LoadSession
  private let ended: () -> Void
  private(set) var outcome: LoadOutcome?

  init(_ session: LoadSession, ended: @escaping () -> Void) {
    self.session = session
    self.ended = ended
  }

  func drive() {
    outcome = session.drive()
    ended()
  }
}

/// Puts the intervals together that several sessions have cut.
private final class IntervalCollector: @unchecked Sendable {
  private struct State {
    /// What has been cut and not been reported, by index.
    var waiting: [Int: IntervalCut] = [:]
    /// The last index that each session has cut; none comes any more from one that has ended.
    var reached: [Int]
    var all: [LoadInterval] = []
  }

  private let state: Guarded<State>
  /// Called under the lock only.
  private let told: ((LoadInterval) -> Void)?

  init(sessionCount: Int, told: ((LoadInterval) -> Void)?) {
    state = Guarded(State(reached: Array(repeating: -1, count: sessionCount)))
    self.told = told
  }

  func add(_ cut: IntervalCut, of session: Int) {
    state.withLock { state in
      if state.waiting[cut.index]?.merge(cut) == nil { state.waiting[cut.index] = cut }
      state.reached[session] = cut.index
      tell(&state)
    }
  }

  func end(_ session: Int) {
    state.withLock { state in
      state.reached[session] = .max
      tell(&state)
    }
  }

  /// Tells, in order, of what every session has behind it.
  private func tell(_ state: inout State) {
    let whole = state.reached.min() ?? .max
    for index in state.waiting.keys.sorted() where index <= whole {
      guard var cut = state.waiting.removeValue(forKey: index) else { continue }
      if let last = state.all.last { cut.follow(last.end) }
      let interval = LoadInterval(cut)
      state.all.append(interval)
      told?(interval)
    }
  }

  var all: [LoadInterval] { state.withLock { $0.all } }
}
