import FileAccess
import ProgramShell

/// The files that a bench writes.
struct BenchOutputs: Sendable {
  /// A line for each interval.
  var csv: String?
  /// A folder for a page with charts.
  let report: String?

  /// - Throws: `Misuse` for names that are none.
  init(_ given: inout GivenOptions, hasIntervals: Bool) throws {
    csv = hasIntervals ? given.take(BenchOptions.csv) : nil
    report = given.take(BenchOptions.report)
    if csv == "" { throw Misuse("expected a file's name after --csv, got none") }
    if report == "" { throw Misuse("expected a folder's name after --report, got none") }
  }

  /// Finds out before the load whether its results can be written: an hour's load must not be lost
  /// to a misspelt folder. Makes the report's folder.
  /// - Parameter trace: what the load reads.
  /// - Throws: `FileError`.
  func check(trace: String?) throws {
    if let csv { _ = try OutputFile(csv, notReplacing: [trace].compactMap(\.self)) }
    if let report {
      try createFolder(report)
      _ = try OutputFile("\(report)/report.html")
    }
  }
}
