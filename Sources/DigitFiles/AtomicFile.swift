import Foundation

/// A file that could not be written.
package struct UnwritableFile: Error, CustomStringConvertible {
  package let path: String
  package let reason: String

  package var description: String { "cannot write \(path): \(reason)" }
}

/// Writes a file so that its name never stands for half of it: under another name, then renamed.
package func writeAtomically(_ data: Data, to path: String) throws(UnwritableFile) {
  do {
    try data.write(to: URL(filePath: path), options: .atomic)
  } catch {
    throw UnwritableFile(path: path, reason: error.localizedDescription)
  }
}

/// Makes a folder, and those around it, where it is not there yet.
package func createFolder(_ path: String) throws(UnwritableFile) {
  do {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  } catch {
    throw UnwritableFile(path: path, reason: error.localizedDescription)
  }
}
