import Foundation

/// Writes a file so that its name never stands for half of it: under another name, then renamed.
func writeAtomically(_ data: Data, to path: String) throws {
  do {
    try data.write(to: URL(filePath: path), options: .atomic)
  } catch {
    throw Failure("cannot write \(path): \(error.localizedDescription)")
  }
}
