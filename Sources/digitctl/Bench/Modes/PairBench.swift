import DigitLoad
import Measure
import PlainText
import ProgramShell

/// `--pair`: two servers loaded in turn, in windows so short that what disturbs the machine
/// disturbs both.
struct PairBench: Sendable {
  /// One for each server.
  let left: LoadSettings
  let right: LoadSettings
  let rounds: Int
  let tolerance: Double

  private static let windowTime = Duration.milliseconds(500)
  private static let windowWarmUp = Duration.milliseconds(50)

  /// A window on each server.
  typealias Round = (left: LoadRun, right: LoadRun)

  /// - Throws: `Misuse`.
  init(_ given: inout GivenOptions) throws {
    let servers = given.servers
    guard servers.count == 2 else {
      throw Misuse("expected two servers after --pair, got \(servers.count)")
    }
    try given.refuse("--server", because: "--pair already names both servers")
    var settings = try LoadSettings(&given, server: servers[0])
    if !settings.hasWarmUp { settings.plan.warmUp = Self.windowWarmUp }
    try settings.takeSchedule(&given, usual: .time(Self.windowTime))
    left = settings
    settings.server.address = servers[1]
    settings.plan.server = try LoadSettings.parsed(servers[1])
    right = settings
    rounds = given.take(BenchOptions.rounds) ?? 20
    tolerance = given.take(BenchOptions.tolerance) ?? 0.02
  }

  func run() async throws -> ExitCode {
    let (left, images) = try left.ready()
    // Pipes are read once, and the load is the same.
    var right = left
    right.server.address = self.right.server.address
    right.plan.server = self.right.plan.server
    let (rounds, ending) = try await withLoadDriver(left, images: images) { first in
      try await withLoadDriver(right, images: images) { second in
        try await inTurn((first, left.plan), (second, right.plan))
      }
    }
    let report = PairReport(
      servers: [left.server.address, right.server.address], rounds: rounds, ending: ending,
      tolerance: tolerance)
    if left.isJSON { try printJSON(report) } else { say(report.text) }
    return report.isPassed ? .done : .failed
  }

  /// A B, B A, A B, …: a steady drift favours neither. A round that counts for nothing is first,
  /// so that connections and caches are warm.
  ///
  /// - Returns: the rounds, and why there are no more where something ended them.
  private func inTurn(
    _ left: Side, _ right: Side
  ) async throws -> (rounds: [Round], ending: String?) {
    var done: [Round] = []
    do {
      _ = try await window(left)
      _ = try await window(right)
      while done.count < rounds, !left.driver.isInterrupted {
        if done.count.isMultiple(of: 2) {
          let first = try await window(left)
          done.append((first, try await window(right)))
        } else {
          let first = try await window(right)
          done.append((try await window(left), first))
        }
      }
    } catch  where left.driver.isInterrupted {
      return (done, "it was interrupted")
    } catch {
      guard !done.isEmpty else { throw error }
      return (done, "\(error)")
    }
    guard left.driver.isInterrupted else { return (done, nil) }
    // The last of them was cut short.
    return (done.dropLast(), "it was interrupted")
  }

  private typealias Side = (driver: LoadDriver, plan: LoadPlan)

  /// - Throws: where nothing was answered: every further window would only wait again.
  private func window(_ side: Side) async throws -> LoadRun {
    let run = try await side.driver.run(side.plan)
    guard run.isFutile, !run.outcome.wasInterrupted else { return run }
    throw Failure(
      "nothing was answered by \(side.plan.server): "
        + (run.outcome.firstTrouble ?? "no reason given"))
  }
}
