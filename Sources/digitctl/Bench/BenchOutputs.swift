import FileAccess

extension BenchOptions {
  /// Finds out before the load whether there will be room for what it finds: a load of an hour is
  /// not to be lost to a misspelt folder. Makes the report's folder.
  /// - Throws: `FileError`.
  func checkOutputs() throws {
    if let csv { _ = try OutputFile(csv, notReplacing: [trace].compactMap(\.self)) }
    if let report {
      try createFolder(report)
      _ = try OutputFile("\(report)/report.html")
    }
  }
}
