import EventLoop

/// Drives loads from several threads at once: to each its own session, with its share of the
/// connections and of what is sent over them.
package final class LoadFleet {
  private let sessions: [LoadSession]
  /// Told on the calling thread of each interval of a measured part once all threads have ended it.
  package var intervalEnded: ((LoadInterval) -> Void)?

  /// - Parameters:
  ///   - images: pixels and labels; at least one image.
  ///   - threads: how many; the calling thread is the first.
  /// - Precondition: there are as many connections as threads, or more.
  /// - Throws: `LoadError.system`.
  package init(
    _ plan: LoadPlan, pixels: [UInt8], labels: [UInt8], threads: Int = 1
  ) throws(LoadError) {
    var sessions: [LoadSession] = []
    for share in plan.shares(threads) {
      sessions.append(try LoadSession(share, pixels: pixels, labels: labels))
    }
    self.sessions = sessions
  }

  /// Drives one load and ends.
  /// - Throws: `LoadError` where a connection cannot be made or the server's terms forbid the plan.
  package static func run(
    _ plan: LoadPlan, pixels: [UInt8], labels: [UInt8], threads: Int = 1
  ) throws(LoadError) -> LoadOutcome {
    let fleet = try LoadFleet(plan, pixels: pixels, labels: labels, threads: threads)
    defer { fleet.close() }
    return try fleet.run(plan)
  }

  /// Drives one load; its server and model are those of the last one.
  /// - Throws: `LoadError` where a connection cannot be made or the server's terms forbid the plan.
  package func run(_ plan: LoadPlan) throws(LoadError) -> LoadOutcome {
    for (session, share) in zip(sessions, plan.shares(sessions.count)) {
      try session.prepare(share)
    }
    let collector = IntervalCollector(sessionCount: sessions.count)
    for (index, session) in sessions.enumerated() {
      session.intervalCut = { [intervalEnded] cut in
        collector.add(cut, of: index)
        guard index == 0 else { return }
        while let interval = collector.takeWhole() { intervalEnded?(interval) }
      }
    }
    var outcome = LoadOutcome(merging: try drive())
    while let interval = collector.takeAny() { intervalEnded?(interval) }
    outcome.intervals = collector.all
    return outcome
  }

  private func drive() throws(LoadError) -> [LoadOutcome] {
    let others = sessions.dropFirst().map { Crew($0) }
    var threads: [WorkerThread] = []
    defer { for thread in threads { thread.join() } }
    do {
      for crew in others { threads.append(try WorkerThread { crew.drive() }) }
    } catch {
      throw .system(error.description)
    }
    let first = sessions[0].drive()
    for thread in threads { thread.join() }
    threads = []
    return [first] + others.map { $0.outcome! }
  }

  /// Once, at the end.
  package func close() {
    for session in sessions { session.close() }
  }
}

/// A session while another thread drives it: the thread's beginning and end order all access.
private final class Crew: @unchecked Sendable {
  private let session: LoadSession
  private(set) var outcome: LoadOutcome?

  init(_ session: LoadSession) { self.session = session }

  func drive() { outcome = session.drive() }
}

/// Puts the intervals together that several sessions have cut.
private final class IntervalCollector: Sendable {
  private struct State {
    /// Of each session, those that have not been put together yet.
    var waiting: [[IntervalCut]]
    var all: [LoadInterval] = []
  }

  private let state: Guarded<State>

  init(sessionCount: Int) {
    state = Guarded(State(waiting: Array(repeating: [], count: sessionCount)))
  }

  func add(_ cut: IntervalCut, of session: Int) {
    state.withLock { $0.waiting[session].append(cut) }
  }

  /// The next interval that every session has ended.
  func takeWhole() -> LoadInterval? {
    state.withLock { state in
      state.waiting.allSatisfy { !$0.isEmpty } ? Self.takeNext(&state) : nil
    }
  }

  /// The next interval that any session has ended: at the end, some may have had one more.
  func takeAny() -> LoadInterval? {
    state.withLock { Self.takeNext(&$0) }
  }

  private static func takeNext(_ state: inout State) -> LoadInterval? {
    let cuts = state.waiting.compactMap(\.first)
    guard var whole = cuts.first else { return nil }
    for cut in cuts.dropFirst() { whole.merge(cut) }
    for index in state.waiting.indices where !state.waiting[index].isEmpty {
      state.waiting[index].removeFirst()
    }
    let interval = LoadInterval(whole)
    state.all.append(interval)
    return interval
  }

  var all: [LoadInterval] { state.withLock { $0.all } }
}
