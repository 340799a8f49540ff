import DigitLoad
import Measure
import PlainText
import ProgramShell

/// `--pair`: two servers loaded in turn, in windows so short that what befalls the machine
/// befalls both.
struct PairBench {
  let options: BenchOptions
  let servers: [String]

  private static let windowTime = Duration.milliseconds(500)
  private static let windowWarmUp = Duration.milliseconds(50)

  /// What `--json` prints.
  private struct Report: Encodable {
    let servers: [String]
    let rounds: Int
    let invalidWindows: Int
    /// Why the first of them counts for nothing, or why there were no more.
    let trouble: String?
    let changes: [ChangeReport]
    /// Of each server's answers.
    let accuracy: [Double?]
    let isLessAccurate: Bool
    let isWorse: Bool

    enum CodingKeys: String, CodingKey {
      case servers, rounds, trouble, changes, accuracy
      case invalidWindows = "invalid_windows"
      case isLessAccurate = "less_accurate"
      case isWorse = "worse"
    }
  }

  /// A window on each server.
  private typealias Round = (left: LoadDriver.Run, right: LoadDriver.Run)

  func run() async throws -> ExitCode {
    let plans = try servers.map { try plan($0) }
    let images = try options.images.load()
    let left = try LoadDriver(
      options, plan: plans[0], images: images, address: servers[0])
    let right = try LoadDriver(
      options, plan: plans[1], images: images, address: servers[1])
    let (rounds, ending) = try await inTurn(left, right, plans)
    await left.close()
    await right.close()
    let report = report(rounds, ending)
    if options.json { try printJSON(report) } else { say(text(report)) }
    let isWhole = report.trouble == nil && report.invalidWindows == 0 && !report.changes.isEmpty
    return isWhole && !report.isWorse && !report.isLessAccurate ? .done : .failed
  }

  private func report(_ rounds: [Round], _ ending: String?) -> Report {
    let changes = PairedComparison().changes(
      pairs: rounds.map { (.init($0.left.outcome), .init($0.right.outcome)) })
    let sides = [rounds.map(\.left), rounds.map(\.right)]
    let spoilt = zip(servers, sides).flatMap { server, runs in
      runs.compactMap { run in run.trouble.map { "\(server): \($0)" } }
    }
    let tallies = sides.map { runs in
      runs.map(\.outcome.measured).reduce((correct: 0, images: 0)) {
        ($0.correct + $1.correct, $0.images + $1.images)
      }
    }
    let accuracy = tallies.map { $0.images > 0 ? Double($0.correct) / Double($0.images) : nil }
    let intervals = tallies.compactMap { tally in
      tally.images > 0 ? WilsonInterval(successes: tally.correct, trials: tally.images) : nil
    }
    return Report(
      servers: servers, rounds: rounds.count, invalidWindows: spoilt.count,
      trouble: ending ?? spoilt.first,
      changes: changes.map { ChangeReport($0, tolerance: options.tolerance) },
      accuracy: accuracy,
      isLessAccurate: intervals.count == 2 && intervals[1].upper < intervals[0].lower,
      isWorse: changes.contains { $0.isWorse(beyond: options.tolerance) })
  }

  private func plan(_ server: String) throws -> LoadPlan {
    var plan = try options.plan(server: server)
    plan.warmUp = options.warmUp ?? Self.windowWarmUp
    if options.duration == nil, options.requests == nil, options.ramp == nil, options.trace == nil {
      plan.extent = .time(Self.windowTime)
    }
    return plan
  }

  /// A B, B A, A B, …: a steady drift favours neither. A round that counts for nothing is first,
  /// so that connections and caches are warm.
  ///
  /// - Returns: the rounds, and why there are no more where a server ended them.
  private func inTurn(
    _ left: LoadDriver, _ right: LoadDriver, _ plans: [LoadPlan]
  ) async throws -> (rounds: [Round], ending: String?) {
    _ = try await (left.run(plans[0]), right.run(plans[1]))
    var rounds: [Round] = []
    do {
      while rounds.count < options.rounds {
        if let last = rounds.last,
          last.left.outcome.wasInterrupted || last.right.outcome.wasInterrupted
        {
          return (rounds.dropLast(), "it was interrupted")
        }
        if rounds.count.isMultiple(of: 2) {
          let first = try await left.run(plans[0])
          rounds.append((first, try await right.run(plans[1])))
        } else {
          let first = try await right.run(plans[1])
          rounds.append((try await left.run(plans[0]), first))
        }
      }
    } catch {
      guard !rounds.isEmpty else { throw error }
      return (rounds, "\(error)")
    }
    return (rounds, nil)
  }

  private func text(_ report: Report) -> String {
    let accuracy = report.accuracy.map { $0.map(percent) ?? "unknown" }
    var lines = [
      "\(servers[1]) compared with \(servers[0]), \(report.rounds) windows each, in turn",
      ChangeReport.table(report.changes),
      "accuracy \(accuracy[1]) after \(accuracy[0])" + (report.isLessAccurate ? ": worse" : ""),
    ]
    if let trouble = report.trouble {
      let count = report.invalidWindows
      lines.append(
        "INVALID: \(count) windows of \(2 * report.rounds) do not count, first: \(trouble)")
    } else {
      lines.append(ChangeReport.verdict(report.changes, tolerance: options.tolerance))
    }
    return lines.joined(separator: "\n")
  }
}
