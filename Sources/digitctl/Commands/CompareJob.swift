import Arguments
import DigitLoad
import FileAccess
import Foundation
import Measure
import PlainText
import ProgramShell

/// `digitctl compare`: whether one run of `bench` was worse than another.
struct CompareJob: Job {
  struct Options: Sendable {
    var left = ""
    var right = ""
    var tolerance = 0.02
    var json = false
  }

  let options: Options

  /// What is read of a report of `bench --json`.
  private struct Run: Decodable {
    let intervals: [IntervalRow]
    let histogram: LatencyHistogram
    let requestsPerSecond: Double
    let sent: Int
    let answered: Int
    let isValid: Bool
    let model: String
    let batch: Int
    let connections: Int
    let pipeline: Int
    let schedule: Schedule?

    /// Of the requests' sending; a closed loop has none.
    struct Schedule: Decodable {
      let kind: String
      let from: Double?
      let to: Double?

      var text: String {
        let rates = from == to ? [to] : [from, to]
        return ([kind] + rates.compactMap { $0?.formatted(.number.grouping(.never)) })
          .joined(separator: " ")
      }
    }

    enum CodingKeys: String, CodingKey {
      case intervals, histogram, sent, answered, model, batch, connections, pipeline, schedule
      case requestsPerSecond = "requests_per_second"
      case isValid = "valid"
    }

    /// What must be the same where two servers are compared.
    var load: [(name: String, value: String)] {
      [
        ("model", model), ("batch", "\(batch)"), ("connections", "\(connections)"),
        ("pipeline", "\(pipeline)"), ("schedule", schedule?.text ?? "none"),
      ]
    }

    /// Those of whole intervals: the rest after the last of them weighs too little.
    var windows: [PairedComparison.Window] {
      let longest = intervals.map { $0.end - $0.start }.max() ?? 0
      return intervals.filter { $0.end - $0.start >= longest / 2 }.map {
        .init(requestsPerSecond: $0.requestsPerSecond, p50: $0.p50 ?? 0, p99: $0.p99 ?? 0)
      }
    }
  }

  /// What `--json` prints.
  private struct Report: Encodable {
    let changes: [ChangeReport]
    let isWorse: Bool
    let isDriftExcluded = false

    enum CodingKeys: String, CodingKey {
      case changes
      case isWorse = "worse"
      case isDriftExcluded = "drift_excluded"
    }
  }

  func run() async throws -> ExitCode {
    let runs = try [options.left, options.right].map(read)
    let changes = PairedComparison().changes(from: runs[0].windows, to: runs[1].windows)
    guard !changes.isEmpty else {
      throw Failure(
        "expected at least \(BlockBootstrap.countMin) whole intervals in both runs, got "
          + "\(runs[0].windows.count) and \(runs[1].windows.count): make them longer, or their "
          + "--interval shorter")
    }
    let report = Report(
      changes: changes.map { ChangeReport($0, tolerance: options.tolerance) },
      isWorse: changes.contains { $0.isWorse(beyond: options.tolerance) })
    if options.json { try printJSON(report) } else { show(report, runs) }
    warn(runs)
    return report.isWorse ? .failed : .done
  }

  /// Of loads that differ a change says nothing of the server; what it says, one may want to know.
  private func warn(_ runs: [Run]) {
    let differences = zip(runs[0].load, runs[1].load).filter { $0.value != $1.value }
      .map { "\($0.name) \($0.value) and \($1.value)" }
    guard !differences.isEmpty else { return }
    complain(
      "digitctl: the runs are not of the same load: \(differences.joined(separator: ", "))")
  }

  /// Of a report: 30,000 intervals and some.
  private static let byteCountMax = 8 << 20

  private func read(_ path: String) throws -> Run {
    let data = Data(try InputFile.read(path, limit: Self.byteCountMax))
    do {
      let run = try JSONDecoder().decode(Run.self, from: data)
      guard run.isValid else { throw Failure("the run in '\(path)' is INVALID") }
      guard run.answered == run.sent else {
        throw Failure(
          "expected an answer to each of \(run.sent) requests of the run in '\(path)', got "
            + "\(run.answered): what is not answered costs a server nothing")
      }
      return run
    } catch is DecodingError {
      throw Failure(
        "expected a report of 'digitctl bench --json' of one load in '\(path)', got "
          + FileFormat(of: data).name)
    }
  }

  private func show(_ report: Report, _ runs: [Run]) {
    for (path, run) in zip([options.left, options.right], runs) {
      let rate = fixed(run.requestsPerSecond, 0)
      say("\(path.escaped): \(rate) requests/s  \(LatencySummary(run.histogram))")
    }
    say(ChangeReport.table(report.changes))
    say(ChangeReport.verdict(report.changes, tolerance: options.tolerance))
    say(
      "The runs were made apart: what else changed on the machines between them is not excluded. "
        + "'digitctl bench --pair' excludes it.")
  }

  static var command: Command<any Job> {
    Command(
      "compare", summary: "Compare two runs of bench.",
      discussion: """
        The intervals of both runs are compared, with a 95 % interval of the change. Runs that
        were made apart also differ by what else happened then: only 'bench --pair' excludes it.

        Exit status: 0 the second is not worse beyond doubt by more than --tolerance; 1 otherwise.

        Example:
          digitctl bench --json --interval 200ms > before.json
          digitctl bench --json --interval 200ms > after.json
          digitctl compare before.json after.json
        """,
      defaults: Options(),
      parameters: [
        .positional("BEFORE", into: \.left, help: "A report of 'bench --json'"),
        .positional("AFTER", into: \.right, help: "Another one"),
        .option(
          "--tolerance", into: \.tolerance, value: "FRACTION", in: 0...10,
          help: "How much worse the second may be"),
        .flag("--json", into: \.json, help: "Print one JSON object"),
      ], make: CompareJob.init)
  }
}
