import Foundation
import Testing

@Test func `setup tells why Swift cannot start`() throws {
  let folder = FileManager.default.temporaryDirectory.appending(
    path: "digits-setup-\(UUID().uuidString)")
  defer { try? FileManager.default.removeItem(at: folder) }
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  let swift = folder.appending(path: "swift").path
  let reason = "error while loading shared libraries: libinvented.so.1: cannot open it"
  try Data("#!/bin/sh\necho '\(reason)' >&2\nexit 127\n".utf8).write(to: URL(filePath: swift))
  try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: swift)

  let process = Process()
  let errors = Pipe()
  process.executableURL = URL(filePath: "\(SourceTree.root)/.dev/setup.sh")
  var environment = ProcessInfo.processInfo.environment
  environment["PATH"] = "\(folder.path):\(environment["PATH"] ?? "")"
  process.environment = environment
  process.standardError = errors
  try process.run()
  let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  #expect(process.terminationStatus == 1)
  #expect(text.hasPrefix("setup: swift is on the PATH and cannot start: \(reason)\n"), "\(text)")
}
