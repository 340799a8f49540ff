import Foundation

extension Process {
  /// Whether programs can be started as the first process of a namespace, as in a container.
  static let canStartFirstProcess: Bool = {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = namespace + ["true"]
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()

  private static let namespace = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]

  /// What ends the process, ends as its own status does.
  func startAsFirstProcess() {
    arguments = Self.namespace + [executableURL!.path] + arguments!
    executableURL = URL(filePath: "/usr/bin/env")
  }

  /// Waits for the first process of the namespace, and returns its number outside of it.
  func firstProcess() throws -> pid_t {
    let path = "/proc/\(processIdentifier)/task/\(processIdentifier)/children"
    while isRunning {
      let text = try? String(contentsOfFile: path, encoding: .utf8)
      if let id = text?.split(separator: " ").first.flatMap({ pid_t($0) }) { return id }
      usleep(1_000)
    }
    throw EndedTooEarly()
  }

  struct EndedTooEarly: Error {}

  /// Kills it where it has not ended after far longer than it takes, lest a test waits for ever.
  func killWhenLate() {
    DispatchQueue.global().asyncAfter(deadline: .now() + 60) { [self] in
      if isRunning { kill(processIdentifier, SIGKILL) }
    }
  }

  /// Until the process ignores or catches the signal, which is when it watches for it.
  /// - Parameter process: another one than this, which ends together with it.
  func waitUntilWatched(_ signal: Int32, by process: pid_t? = nil) {
    let bit = UInt64(1) << UInt64(signal - 1)
    let path = "/proc/\(process ?? processIdentifier)/status"
    while isRunning {
      let status = try? String(contentsOfFile: path, encoding: .utf8)
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
    killWhenLate()
    try act(self)
    waitUntilExit()
    return (
      try String(contentsOf: files[0], encoding: .utf8),
      try String(contentsOf: files[1], encoding: .utf8)
    )
  }
}
