import Foundation
import PlainText

/// A file that could not be written.
package struct UnwritableFile: Error, CustomStringConvertible {
  package let path: String
  package let reason: String

  package var description: String { "cannot write \(path): \(reason)".escaped }
}

/// Writes a file so that its name never stands for half of it: under another name, then renamed.
package func writeAtomically(_ data: Data, to path: String) throws(UnwritableFile) {
  do {
    try data.write(to: URL(filePath: path), options: .atomic)
  } catch {
    throw UnwritableFile(path: path, reason: error.localizedDescription)
  }
}

/// Finds out whether `writeAtomically` would succeed, before there is anything to write.
package func checkWritable(_ path: String) throws(UnwritableFile) {
  let url = URL(filePath: path)
  guard (try? url.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory != true else {
    throw UnwritableFile(path: path, reason: "it is a folder")
  }
  let folder = url.deletingLastPathComponent().path
  // Asked for the right to write, the system says yes to root even where nothing can be written.
  let trial = "\(folder)/.digits-\(UUID().uuidString)"
  guard FileManager.default.createFile(atPath: trial, contents: nil) else {
    throw UnwritableFile(path: path, reason: "nothing can be written into the folder \(folder)")
  }
  try? FileManager.default.removeItem(atPath: trial)
}

/// Makes a folder, and those around it, where it is not there yet.
package func createFolder(_ path: String) throws(UnwritableFile) {
  do {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  } catch {
    throw UnwritableFile(path: path, reason: error.localizedDescription)
  }
}
