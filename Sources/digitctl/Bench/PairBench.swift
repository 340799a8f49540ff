import DigitLoad

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
    let changes: [ChangeReport]
    let isWorse: Bool

    enum CodingKeys: String, CodingKey {
      case servers, rounds, changes
      case invalidWindows = "invalid_windows"
      case isWorse = "worse"
    }
  }

  func run() async throws -> ExitCode {
    let plans = try servers.map { try plan($0) }
    let images = try options.images.load()
    let left = try await LoadDriver(
      options, plan: plans[0], images: images, address: servers[0])
    let right = try await LoadDriver(
      options, plan: plans[1], images: images, address: servers[1])
    let runs = try await Self.inTurn(left, right, plans, rounds: options.rounds)
    await left.close()
    await right.close()
    let changes = PairedComparison().changes(
      pairs: runs.map { (.init($0.left.outcome), .init($0.right.outcome)) })
    let all = runs.flatMap { [$0.left, $0.right] }
    let incomplete = all.count { !$0.isValid || !$0.outcome.isComplete }
    let report = Report(
      servers: servers, rounds: options.rounds, invalidWindows: incomplete,
      changes: changes.map { ChangeReport($0, tolerance: options.tolerance) },
      isWorse: changes.contains { $0.isWorse(beyond: options.tolerance) })
    if options.json { try printJSON(report) } else { say(text(report)) }
    return report.isWorse || incomplete > 0 || changes.isEmpty ? .failed : .done
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
  private static func inTurn(
    _ left: LoadDriver, _ right: LoadDriver, _ plans: [LoadPlan], rounds: Int
  ) async throws -> [(left: LoadDriver.Run, right: LoadDriver.Run)] {
    _ = try await (left.run(plans[0]), right.run(plans[1]))
    var runs: [(left: LoadDriver.Run, right: LoadDriver.Run)] = []
    for round in 0..<rounds {
      if round.isMultiple(of: 2) {
        let first = try await left.run(plans[0])
        runs.append((first, try await right.run(plans[1])))
      } else {
        let first = try await right.run(plans[1])
        runs.append((try await left.run(plans[0]), first))
      }
    }
    return runs
  }

  private func text(_ report: Report) -> String {
    var lines = [
      "\(servers[1]) compared with \(servers[0]), \(report.rounds) windows each, in turn",
      ChangeReport.table(report.changes),
      ChangeReport.verdict(report.changes, tolerance: options.tolerance),
    ]
    if report.invalidWindows > 0 {
      lines.append("INVALID: \(report.invalidWindows) windows were invalid or incomplete")
    }
    return lines.joined(separator: "\n")
  }
}
