import DigitFiles

extension BenchOptions {
  /// Finds out before the load whether there will be room for what it finds: a load of an hour is
  /// not to be lost to a misspelt folder. Makes the report's folder.
  /// - Throws: `UnwritableFile`.
  func checkOutputs() throws {
    if let csv { try checkWritable(csv) }
    if let report {
      try createFolder(report)
      try checkWritable("\(report)/report.html")
    }
  }
}
