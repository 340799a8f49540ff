import Foundation

extension Program {
  struct Observation {
    var status: Int32
    var errors: String
    /// The most memory that it had at once.
    var peakByteCount: Int
    /// It had not ended in time.
    var wasKilled: Bool
  }

  /// Runs it and watches its memory and its time.
  /// - Parameters:
  ///   - interruptWhenHeard: as by kill, once it has complained.
  ///   - killAfter: seconds; far more than it should take, on a busy machine too.
  func observe(
    _ arguments: [String], interruptWhenHeard: Bool = false, killAfter: Double
  ) throws -> Observation {
    let process = process(arguments)
    process.currentDirectoryURL = Self.root
    let folder = try TemporaryFolder()
    let errors = folder.url.appending(path: "errors")
    try Data().write(to: errors)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    let start = ContinuousClock.now
    var (peak, isInterrupted, wasKilled) = (0, false, false)
    while process.isRunning {
      peak = max(peak, peakByteCount(of: process.processIdentifier))
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      if interruptWhenHeard, !isInterrupted, try !Data(contentsOf: errors).isEmpty {
        process.terminate()
        isInterrupted = true
      }
      if seconds > killAfter, !wasKilled {
        kill(process.processIdentifier, SIGKILL)
        wasKilled = true
      }
      usleep(10_000)
    }
    return Observation(
      status: process.terminationStatus,
      errors: try String(contentsOf: errors, encoding: .utf8), peakByteCount: peak,
      wasKilled: wasKilled)
  }

  /// As the system keeps it; 0 for a process that has ended.
  private func peakByteCount(of process: pid_t) -> Int {
    guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
      let found = status.firstMatch(of: /VmHWM:\s+(\d+) kB/)
    else { return 0 }
    return Int(found.1)! << 10
  }
}
