import Foundation

/// A program that runs while a test watches what it prints.
final class LiveProgram {
  private let process: Process
  private let output = Pipe()
  private var text = ""

  convenience init(_ program: Program, _ arguments: String..., errors: Bool = false) throws {
    try self.init(program, arguments, errors: errors)
  }

  init(_ program: Program, _ arguments: [String], errors: Bool = false) throws {
    process = program.process(arguments)
    process.standardOutput = output
    process.standardError = errors ? output : FileHandle.nullDevice
    try process.run()
    // Lest a test waits for ever for what does not come.
    DispatchQueue.global().asyncAfter(deadline: .now() + Self.patience) { [process] in
      if process.isRunning { process.terminate() }
    }
  }

  private static let patience: TimeInterval = 120

  deinit { if process.isRunning { process.terminate() } }

  struct Ended: Error {
    let output: String
  }

  /// Reads on until `part` has been printed since the last such call.
  func wait(for part: String) throws { _ = try wait(forOneOf: part) }

  /// - Returns: the one that has come, the earlier in the list where several have.
  func wait(forOneOf parts: String...) throws -> String {
    while true {
      for part in parts {
        guard let found = text.range(of: part) else { continue }
        text.removeSubrange(..<found.upperBound)
        return part
      }
      let data = output.fileHandleForReading.availableData
      guard !data.isEmpty else { throw Ended(output: text) }
      text += String(decoding: data, as: UTF8.self)
    }
  }

  /// As Ctrl-C; returns the exit status and what was printed since the last `wait`.
  func interrupt() -> (status: Int32, rest: String) {
    process.interrupt()
    let rest = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, text + String(decoding: rest, as: UTF8.self))
  }
}
