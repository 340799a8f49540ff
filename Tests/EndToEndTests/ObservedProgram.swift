import Foundation

extension Program {
  struct Observation {
    var status: Int32
    var output: String
    var errors: String
    /// The most memory that it had at once.
    var peakByteCount: Int
    /// It had not ended in time.
    var wasKilled: Bool
  }

  /// Runs it and watches its memory and how long it takes.
  /// - Parameters:
  ///   - interruptWhenHeard: as by kill, once it has said something.
  ///   - looksMax: it is looked at so often, with 10 ms of sleep between, and then killed: a
  ///     machine that is busy, or stands still, makes the looks as rare as it makes the program
  ///     slow.
  func observe(
    _ arguments: [String], interruptWhenHeard: Bool = false, looksMax: Int
  ) throws -> Observation {
    let process = process(arguments)
    process.currentDirectoryURL = Self.root
    let folder = try TemporaryFolder()
    let files = ["output", "errors"].map { folder.url.appending(path: $0) }
    for file in files { try Data().write(to: file) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    try Self.start(process)
    var (looks, peak, isInterrupted, wasKilled) = (0, 0, false, false)
    while process.isRunning {
      peak = max(peak, peakByteCount(of: process.processIdentifier))
      if interruptWhenHeard, !isInterrupted, try files.contains(where: Self.hasContent) {
        process.terminate()
        isInterrupted = true
      }
      looks += 1
      if looks > looksMax, !wasKilled {
        kill(process.processIdentifier, SIGKILL)
        wasKilled = true
      }
      usleep(10_000)
    }
    return Observation(
      status: process.terminationStatus, output: try Self.text(files[0]),
      errors: try Self.text(files[1]), peakByteCount: peak, wasKilled: wasKilled)
  }

  private static let starting = NSLock()

  /// Foundation starts one process at a time safely, and no more.
  static func start(_ process: Process) throws {
    try starting.withLock { try process.run() }
  }

  private static func hasContent(_ file: URL) throws -> Bool { try !Data(contentsOf: file).isEmpty }

  private static func text(_ file: URL) throws -> String {
    String(decoding: try Data(contentsOf: file), as: UTF8.self)
  }

  /// As the system keeps it; 0 for a process that has ended.
  private func peakByteCount(of process: pid_t) -> Int {
    guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
      let found = status.firstMatch(of: /VmHWM:\s+(\d+) kB/)
    else { return 0 }
    return Int(found.1)! << 10
  }
}

extension Sequence where Self: Sendable, Element: Sendable {
  /// Some of them at a time, as programs that mostly wait need not wait for one another.
  func forEachAtOnce(_ most: Int = 4, _ body: @escaping @Sendable (Element) -> Void) {
    let queue = OperationQueue()
    queue.maxConcurrentOperationCount = most
    for element in self { queue.addOperation { body(element) } }
    queue.waitUntilAllOperationsAreFinished()
  }
}
