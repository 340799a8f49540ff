import DigitLoad
import Measure
import PlainText

/// How much the second of two servers differs from the first.
struct PairReport: Encodable {
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
  private let tolerance: Double

  enum CodingKeys: String, CodingKey {
    case servers, rounds, trouble, changes, accuracy
    case invalidWindows = "invalid_windows"
    case isLessAccurate = "less_accurate"
    case isWorse = "worse"
  }

  /// - Parameter ending: why there are no more rounds.
  init(servers: [String], rounds: [PairBench.Round], ending: String?, tolerance: Double) {
    let found = PairedComparison().changes(
      pairs: rounds.map { (.init($0.left.outcome), .init($0.right.outcome)) })
    let sides = [rounds.map(\.left), rounds.map(\.right)]
    let spoilt = zip(servers, sides).flatMap { server, runs in
      runs.compactMap { run in run.trouble.map { "\(server): \($0)" } }
    }
    let tallies = sides.map { runs in
      runs.map(\.outcome.measured).reduce((correct: 0, judged: 0)) {
        ($0.correct + $1.correct, $0.judged + $1.judged)
      }
    }
    let intervals = tallies.compactMap { tally in
      tally.judged > 0 ? WilsonInterval(successes: tally.correct, trials: tally.judged) : nil
    }
    self.servers = servers
    self.rounds = rounds.count
    self.tolerance = tolerance
    invalidWindows = spoilt.count
    trouble = ending ?? spoilt.first
    changes = found.map { ChangeReport($0, tolerance: tolerance) }
    accuracy = tallies.map { $0.judged > 0 ? Double($0.correct) / Double($0.judged) : nil }
    isLessAccurate = intervals.count == 2 && intervals[1].upper < intervals[0].lower
    isWorse = found.contains { $0.isWorse(beyond: tolerance) }
  }

  /// Whether the comparison counts, and the second server is not worse.
  var isPassed: Bool {
    trouble == nil && invalidWindows == 0 && !changes.isEmpty && !isWorse && !isLessAccurate
  }

  var text: String {
    let accuracy = accuracy.map { $0.map(percent) ?? "unknown" }
    var lines: [String] = []
    if let trouble {
      lines.append(
        "INVALID: \(invalidWindows) of \(2 * rounds) windows do not count; \(trouble)")
    }
    lines += [
      "\(servers[1]) compared with \(servers[0]), \(rounds) windows each, in turn",
      ChangeReport.table(changes),
      "accuracy \(accuracy[1]) after \(accuracy[0])" + (isLessAccurate ? ": worse" : ""),
    ]
    if trouble == nil { lines.append(ChangeReport.verdict(changes, tolerance: tolerance)) }
    return lines.joined(separator: "\n")
  }
}
