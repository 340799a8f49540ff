import EventLoop
import Foundation
import Testing

/// The server under invented clients, clocks and workers. A seed that fails is printed; alone it is
/// replayed by
///
///     DIGITS_SIMULATION_SEED=<seed> swift test -c release --filter SimulationTests
@Suite(.serialized) struct SimulationTests {
  private static let environment = ProcessInfo.processInfo.environment

  /// Where a run begins; another day's runs see other seeds where this is set.
  private static let firstSeed =
    environment["DIGITS_SIMULATION_FIRST_SEED"].flatMap(UInt64.init) ?? 1
  private static let eventsWanted =
    environment["DIGITS_SIMULATION_EVENTS"].flatMap(Int.init) ?? 10_000_000
  private static let threadCount = 2

  @Test(.enabled(if: environment["DIGITS_SIMULATION_SEED"] == nil))
  func `millions of events in any order leave every request answered once and nothing behind`()
    throws
  {
    let total = Total()
    let threads = try (0..<Self.threadCount).map { thread in
      try WorkerThread {
        var seed = Self.firstSeed + UInt64(thread)
        while total.goesOn(below: Self.eventsWanted) {
          total.add(run(seed: seed))
          seed += UInt64(Self.threadCount)
        }
      }
    }
    for thread in threads { thread.join() }
    let (events, answers, fault) = total.read()
    if let fault { Issue.record("\(fault)") }
    #expect(events >= Self.eventsWanted || fault != nil)
    #expect(answers > events / 100, "the simulated server answered next to nothing")
    print("simulated \(events) events, \(answers) answers, seeds from \(Self.firstSeed)")
  }

  @Test(.enabled(if: environment["DIGITS_SIMULATION_SEED"] != nil))
  func `one seed again`() {
    let seed = Self.environment["DIGITS_SIMULATION_SEED"].flatMap(UInt64.init) ?? 0
    let outcome = run(seed: seed)
    if let fault = outcome.fault { Issue.record("\(fault)") }
  }
}

private struct Outcome {
  var events = 0
  var answers = 0
  var fault: String?
}

private func run(seed: UInt64) -> Outcome {
  // A structure that contradicts itself stops the process: which seed it was is in the file.
  LastSeed.note(seed)
  var outcome = Outcome()
  do {
    var episode = try Episode(seed: seed)
    defer { (outcome.events, outcome.answers) = (episode.eventCount, episode.answerCount) }
    do {
      try episode.run()
    } catch {
      outcome.fault =
        "seed \(seed), event \(episode.eventCount): \(error); replay it with "
        + "DIGITS_SIMULATION_SEED=\(seed) swift test -c release --filter SimulationTests"
    }
  } catch {
    outcome.fault = "seed \(seed): \(error)"
  }
  return outcome
}

/// Says which seeds were under way when the process was stopped by a failed precondition.
private enum LastSeed {
  private static let isWanted =
    ProcessInfo.processInfo.environment["DIGITS_SIMULATION_TRACE"] != nil

  static func note(_ seed: UInt64) {
    guard isWanted else { return }
    FileHandle.standardError.write(Data("simulating seed \(seed)\n".utf8))
  }
}

private final class Total: Sendable {
  private let state = Guarded(Outcome())

  func goesOn(below events: Int) -> Bool {
    state.withLock { $0.events < events && $0.fault == nil }
  }

  func add(_ outcome: Outcome) {
    state.withLock { state in
      state.events += outcome.events
      state.answers += outcome.answers
      state.fault = state.fault ?? outcome.fault
    }
  }

  func read() -> (events: Int, answers: Int, fault: String?) {
    state.withLock { ($0.events, $0.answers, $0.fault) }
  }
}
