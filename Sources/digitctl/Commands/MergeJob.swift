import Arguments
import FileAccess
import Foundation
import ProgramShell

/// `digitctl merge`: reports of several clients that drove a load together, as one.
struct MergeJob: Job {
  struct Options: Sendable {
    var paths: [String] = []
    var json = false
  }

  let options: Options

  /// Of a report: the histograms of some hundred servers, and a day's intervals.
  private static let byteCountMax = 32 << 20
  private static let countMax = 1_000

  func run() async throws -> ExitCode {
    guard options.paths.count <= Self.countMax else {
      throw Misuse("expected at most \(Self.countMax) reports, got \(options.paths.count)")
    }
    let sources = try options.paths.map { path in (path, try read(path)) }
    do {
      let merged = try MergedLoads(sources)
      if options.json { try printJSON(merged.object) } else { say(merged.text) }
      return merged.isValid ? .done : .failed
    } catch let error as MergedLoads.Misfit {
      throw Failure("\(error)")
    }
  }

  private func read(_ path: String) throws -> LoadRecord {
    let data = Data(try InputFile.read(path, limit: Self.byteCountMax))
    do {
      return try JSONDecoder().decode(LoadRecord.self, from: data)
    } catch is LoadRecord.IsScenario {
      throw Failure(
        "expected reports without --scenario, got one in '\(path)': its figure is one client's")
    } catch let error as LoadFigures.Contradiction {
      throw Failure("the report in '\(path)' is damaged: \(error)")
    } catch DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty {
      throw Failure("the report in '\(path)' is damaged: \(context.debugDescription)")
    } catch is DecodingError {
      throw Failure(
        "expected a report of 'digitctl bench --json' of one load in '\(path)', got "
          + FileFormat(of: data).name)
    }
  }

  static var command: Command<any Job> {
    Command(
      "merge", summary: "Merge reports of bench that ran at the same time.",
      discussion: """
        Several clients load the same servers, each with its 'bench --json'. Merged, their counts
        and histograms are those of one load: percentiles are of all requests together, and not
        means of percentiles. Rates add up; the time is that of the longest.

        Reports of different loads (model, version, precision, batch, deadline, kind of schedule,
        with --balance or without), and of loads that did not run at the same time, are refused.

        Exit status: 0 every run is valid; 1 otherwise.

        Example:
          ssh one digitctl bench --server d:7311 --rate 5000 --pipeline 64 --json > 1.json &
          ssh two digitctl bench --server d:7311 --rate 5000 --pipeline 64 --json > 2.json &
          wait; digitctl merge 1.json 2.json
        """,
      defaults: Options(),
      parameters: [
        .positionals("FILE", into: \.paths, help: "Reports of 'bench --json' of one load each"),
        .flag("--json", into: \.json, help: "Print one JSON object, which may be merged again"),
      ], make: MergeJob.init)
  }
}
