import EventLoop
import Foundation
import Testing

/// A digitd that runs until `stop`.
final class RunningServer: Sendable {
  let addresses: [String]
  /// As "127.0.0.1:7380".
  let httpAddresses: [String]
  private let process: Process
  private let output: Pipe
  private let logged: Logged

  struct NotReady: Error {
    let log: String
  }

  private final class Logged: Sendable {
    let text = Guarded("")
  }

  /// Returns when the server is ready.
  /// - Parameter shell: runs before it in the same process: `ulimit -n 100`.
  init(
    models: String, arguments: [String] = [], environment: [String: String] = [:],
    shell: String? = nil, standardInput: FileHandle? = nil
  ) throws {
    // A slow machine is no reason to turn requests away, where a test does not ask for it.
    process = Program.digitd.process(
      ["--listen", "127.0.0.1:0", "--models", models] + arguments,
      environment: ["DIGITD_QUEUE_AGE": "60s"].merging(environment) { $1 })
    if let shell {
      let program = process.executableURL!.path
      process.arguments = ["-c", "\(shell); exec \"$0\" \"$@\"", program] + process.arguments!
      process.executableURL = URL(filePath: "/bin/sh")
    }
    output = Pipe()
    process.standardError = output
    if let standardInput { process.standardInput = standardInput }
    try process.run()
    var text = ""
    while !text.contains(" ready ") {
      let data = output.fileHandleForReading.availableData
      guard !data.isEmpty else { throw NotReady(log: text) }
      text += String(decoding: data, as: UTF8.self)
    }
    addresses = text.matches(of: /listening address=(\S+)/).map { String($0.1) }
    httpAddresses = text.matches(of: #/listening http=https?://(\S+)//#).map { String($0.1) }
    guard !addresses.isEmpty else { throw NotReady(log: text) }
    let logged = Logged()
    self.logged = logged
    logged.text.withLock { [text] in $0 = text }
    // Read on, lest the server waits for room in the pipe.
    output.fileHandleForReading.readabilityHandler = { handle in
      let data = handle.availableData
      logged.text.withLock { $0 += String(decoding: data, as: UTF8.self) }
    }
  }

  /// The first, where there are several.
  var address: String { addresses[0] }

  var port: UInt16 { UInt16(address.split(separator: ":").last!)! }

  /// Where it speaks HTTP, if it was told to.
  var httpPort: UInt16? {
    httpAddresses.first.flatMap { $0.split(separator: ":").last }.flatMap { UInt16($0) }
  }

  var processID: Int32 { process.processIdentifier }

  /// What it has logged so far.
  var log: String { logged.text.withLock { $0 } }

  /// Waits until it has logged `text`; far longer than it takes, it gives up and says so.
  func waitUntilLogged(_ text: String) {
    let end = ContinuousClock.now + .seconds(60)
    while !log.contains(text) {
      guard ContinuousClock.now < end else {
        Issue.record("expected '\(text)' in the log, got: \(log)")
        return
      }
      usleep(10_000)
    }
  }

  /// The descriptors that it has open.
  var descriptors: [Int] {
    let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(processID)/fd")
    return (names ?? []).compactMap { Int($0) }
  }

  /// Ends it by whatever signal, and waits until it is gone.
  func end(by signal: Int32) {
    kill(process.processIdentifier, signal)
    _ = waitUntilEnded()
  }

  /// Waits until it is gone; its exit status, nil where a signal ended it.
  func waitUntilEnded() -> Int32? {
    process.waitUntilExit()
    output.fileHandleForReading.readabilityHandler = nil
    return process.terminationReason == .exit ? process.terminationStatus : nil
  }

  /// Asks it to stop; returns its exit status.
  func stop() -> Int32 {
    process.terminate()
    process.waitUntilExit()
    output.fileHandleForReading.readabilityHandler = nil
    return process.terminationStatus
  }
}
