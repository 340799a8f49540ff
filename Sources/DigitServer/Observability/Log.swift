import Foundation
import Glibc
import Synchronization

/// Structured lines on standard error: `time LEVEL event key=value …`.
package struct Log: Sendable {
  package enum Level: Int, CaseIterable, Comparable, Sendable {
    case debug, info, warning, error

    package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
  }

  /// Values are quoted where they hold anything that would end them early.
  package typealias Fields = KeyValuePairs<String, any CustomStringConvertible>

  private let threshold: Threshold
  private let write: @Sendable (String) -> Void

  /// - Parameter write: takes one whole line with its newline.
  package init(level: Level, write: @escaping @Sendable (String) -> Void = Log.standardError) {
    threshold = Threshold(level)
    self.write = write
  }

  /// Whether lines of this level are written.
  package func writes(_ level: Level) -> Bool {
    level.rawValue >= threshold.value.load(ordering: .relaxed)
  }

  /// From now on lines of this level are written, and of those above it: by all copies of this log.
  package func setLevel(_ level: Level) {
    threshold.value.store(level.rawValue, ordering: .relaxed)
  }

  private final class Threshold: Sendable {
    let value: Atomic<Int>

    init(_ level: Level) { value = Atomic(level.rawValue) }
  }

  package func debug(_ event: String, _ fields: Fields = [:]) { line(.debug, event, fields) }
  package func info(_ event: String, _ fields: Fields = [:]) { line(.info, event, fields) }
  package func warning(_ event: String, _ fields: Fields = [:]) { line(.warning, event, fields) }
  package func error(_ event: String, _ fields: Fields = [:]) { line(.error, event, fields) }

  /// Queues the line; a thread writes it (`LogWriter`).
  package static let standardError: @Sendable (String) -> Void = {
    LogWriter.standardError.write($0)
  }

  private func line(_ level: Level, _ event: String, _ fields: Fields) {
    guard writes(level) else { return }
    write(Self.text(level, event, fields))
  }

  /// A whole line with its newline.
  static func text(_ level: Level, _ event: String, _ fields: Fields) -> String {
    let time = Date.now.formatted(
      Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    let text = fields.map { " \($0)=\(quoted($1.description))" }.joined()
    return "\(time) \(level.name) \(event)\(text)\n"
  }

  private static func quoted(_ value: String) -> String {
    let isPlain =
      !value.isEmpty
      && value.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F && $0 != "\"" }
    guard !isPlain else { return value }
    var text = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"", "\\": text += "\\\(scalar)"
      case "\n": text += "\\n"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        text += "\\x" + String(scalar.value, radix: 16)
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}

extension Log.Level {
  package init?(name: String) {
    guard let level = Self.allCases.first(where: { $0.name.lowercased() == name }) else {
      return nil
    }
    self = level
  }

  package var name: String {
    switch self {
    case .debug: "DEBUG"
    case .info: "INFO"
    case .warning: "WARNING"
    case .error: "ERROR"
    }
  }
}
