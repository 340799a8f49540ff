import Foundation

extension Process {
  /// Until the process ignores or catches the signal, which is when it watches for it.
  func waitUntilWatched(_ signal: Int32) {
    let bit = UInt64(1) << UInt64(signal - 1)
    while isRunning {
      let status = try? String(contentsOfFile: "/proc/\(processIdentifier)/status", encoding: .utf8)
      let masks = status?.matches(of: /Sig(?:Ign|Cgt):\s*([0-9a-f]+)/) ?? []
      if masks.contains(where: { (UInt64($0.1, radix: 16) ?? 0) & bit != 0 }) { return }
      usleep(1_000)
    }
  }

  /// Runs it until `act` has signalled it and it has ended; its standard output and errors.
  func observeEnd(_ act: (Process) throws -> Void) throws -> (output: String, errors: String) {
    let folder = try TemporaryFolder()
    let files = ["output", "errors"].map { folder.url.appending(path: $0) }
    for file in files { try Data().write(to: file) }
    currentDirectoryURL = Program.root
    standardOutput = try FileHandle(forWritingTo: files[0])
    standardError = try FileHandle(forWritingTo: files[1])
    try run()
    try act(self)
    waitUntilExit()
    return (
      try String(contentsOf: files[0], encoding: .utf8),
      try String(contentsOf: files[1], encoding: .utf8)
    )
  }
}
