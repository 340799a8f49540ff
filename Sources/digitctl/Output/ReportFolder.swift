import DigitReport

extension Report {
  /// Writes the folder, and says where it is unless only JSON is wanted.
  func write(to folder: String, isQuiet: Bool) throws {
    try write(to: folder) { complain("digitctl: \($0)") }
    if !isQuiet { say("Wrote \(folder)/report.html") }
  }
}
