import Synchronization

/// Structured lines on standard error, as text or as JSON (`LogLine`).
package struct Log: Sendable {
  package enum Format: Sendable {
    case text, json
  }

  package enum Level: Int, CaseIterable, Comparable, Sendable {
    case debug, info, warning, error

    package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
  }

  /// Values are quoted where they hold anything that would end them early.
  package typealias Fields = KeyValuePairs<String, any CustomStringConvertible>

  private let threshold: Threshold
  private let format: Format
  private let write: @Sendable (String) -> Void

  /// - Parameter write: takes one whole line with its newline.
  package init(
    level: Level, format: Format = .text,
    write: @escaping @Sendable (String) -> Void = Log.standardError
  ) {
    threshold = Threshold(level)
    self.format = format
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

  /// Writes a line of this level, with fields that were gathered.
  func write(_ level: Level, _ event: String, _ fields: [LogLine.Field]) {
    guard writes(level) else { return }
    write(LogLine(level, event, fields).text(as: format))
  }

  /// Writes a line that was asked for by itself, whatever the least level is.
  func record(_ event: String, _ fields: [LogLine.Field]) {
    write(LogLine(.info, event, fields).text(as: format))
  }

  private func line(_ level: Level, _ event: String, _ fields: Fields) {
    write(level, event, Array(fields))
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
