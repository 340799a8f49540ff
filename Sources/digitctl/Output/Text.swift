import Foundation

/// A number with so many decimals.
func fixed(_ value: Double, _ decimals: Int) -> String {
  value.formatted(
    .number.precision(.fractionLength(decimals)).grouping(.never)
      .locale(Locale(identifier: "en_US_POSIX")))
}

/// A part of one as "98.57 %".
func percent(_ part: Double) -> String { "\(fixed(100 * part, 2)) %" }

/// A bar of up to 30 columns for a part of one, in eighths of a column.
func bar(_ part: Double) -> String {
  let eighths = Int((min(max(part, 0), 1) * 30 * 8).rounded())
  let rests = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
  return String(repeating: "█", count: eighths / 8) + rests[eighths % 8]
}

/// Rows under each other, every column as wide as its widest cell.
func table(_ rows: [[String]]) -> String {
  let columnCount = rows.map(\.count).max() ?? 0
  let widths = (0..<columnCount).map { column in rows.map { $0[column].count }.max() ?? 0 }
  return rows.map { row in
    let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
    let line = cells.joined(separator: "  ")
    return String(line.reversed().drop { $0 == " " }.reversed())
  }.joined(separator: "\n")
}

/// Prints `value` as one JSON object on a line.
func printJSON(_ value: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  say(String(decoding: try encoder.encode(value), as: UTF8.self))
}

/// Prints a line at once, though a pipe reads it: for output that comes bit by bit.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

/// Makes room for the next picture where a person watches; elsewhere each follows the last.
func clearScreen() {
  guard isatty(STDOUT_FILENO) == 1 else { return }
  FileHandle.standardOutput.write(Data("\u{1b}[H\u{1b}[J".utf8))
}

/// Says something to the person at the keyboard, not to who reads the output.
func complain(_ message: String) {
  FileHandle.standardError.write(Data((message + "\n").utf8))
}
