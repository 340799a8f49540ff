import Foundation
import PlainText

extension Report {
  /// Writes the folder, and prints where its page is unless only JSON is wanted. What the report
  /// goes without is a warning on standard error.
  /// - Throws: as `write(to:gnuplot:)`.
  package func write(to folder: String, isQuiet: Bool) throws {
    let program = ProcessInfo.processInfo.processName
    try write(to: folder) { StandardStream.errors.write("\(program): \($0)".escaped + "\n") }
    if !isQuiet { StandardStream.output.write("Wrote \(folder)/report.html".escaped + "\n") }
  }
}
