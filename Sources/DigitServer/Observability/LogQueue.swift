/// Log lines that wait to be written: bounded, and what does not fit is counted.
package struct LogQueue {
  private var lines: [String] = []
  private var byteCount = 0
  private var droppedCount = 0
  private var writer = Writer.idle

  private enum Writer {
    case idle
    /// Asked to write, or writing.
    case busy
  }

  package enum Action: Equatable, Sendable {
    case none
    case wakeWriter
  }

  /// What the writer is to write next: the lines, and how many did not fit behind them.
  package struct Batch: Equatable, Sendable {
    package let lines: [String]
    package let droppedCount: Int
  }

  /// About a thousand lines.
  package static let byteCountMax = 256 * 1024

  package init() {}

  package mutating func add(_ line: String) -> Action {
    let count = line.utf8.count
    guard byteCount + count <= Self.byteCountMax else {
      droppedCount += 1
      return .none
    }
    lines.append(line)
    byteCount += count
    guard writer == .idle else { return .none }
    writer = .busy
    return .wakeWriter
  }

  /// Nil where there is nothing; the next line wakes the writer again.
  package mutating func take() -> Batch? {
    guard !lines.isEmpty || droppedCount > 0 else {
      writer = .idle
      return nil
    }
    defer { (lines, byteCount, droppedCount) = ([], 0, 0) }
    return Batch(lines: lines, droppedCount: droppedCount)
  }

  /// Whether everything has been written.
  package var isIdle: Bool { writer == .idle }
}
