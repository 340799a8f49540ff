import Foundation
import Synchronization

/// A digitd that runs until `stop`.
final class RunningServer: Sendable {
  let addresses: [String]
  private let process: Process
  /// What it logged until it was ready.
  let log: String
  private let pipe: Pipe

  struct NotReady: Error {
    let log: String
  }

  /// Returns when the server is ready.
  init(models: String, arguments: [String] = [], environment: [String: String] = [:]) throws {
    process = Program.digitd.process(
      ["--listen", "127.0.0.1:0", "--models", models] + arguments, environment: environment)
    pipe = Pipe()
    process.standardError = pipe
    try process.run()
    var text = ""
    while !text.contains(" ready ") {
      let data = pipe.fileHandleForReading.availableData
      guard !data.isEmpty else { throw NotReady(log: text) }
      text += String(decoding: data, as: UTF8.self)
    }
    log = text
    addresses = text.matches(of: /listening address=(\S+)/).map { String($0.1) }
    guard !addresses.isEmpty else { throw NotReady(log: text) }
    // Read on, lest the server waits for room in the pipe.
    pipe.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
  }

  /// The first, where there are several.
  var address: String { addresses[0] }

  /// Asks it to stop; returns its exit status.
  func stop() -> Int32 {
    process.terminate()
    process.waitUntilExit()
    pipe.fileHandleForReading.readabilityHandler = nil
    return process.terminationStatus
  }
}
