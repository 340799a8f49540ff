import Foundation

/// `value` as one JSON object on a line.
func json(_ value: some Encodable) throws -> Data {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return try encoder.encode(value) + Data("\n".utf8)
}

func printJSON(_ value: some Encodable) throws {
  FileHandle.standardOutput.write(try json(value))
}

/// Prints a line at once, though a pipe reads it: for output that comes bit by bit.
func say(_ line: String) { say(text: line + "\n") }

/// Prints lines that have their ends.
func say(text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }

/// Makes room for the next picture where a person watches; elsewhere each follows the last.
func clearScreen() {
  guard isatty(STDOUT_FILENO) == 1 else { return }
  FileHandle.standardOutput.write(Data("\u{1b}[H\u{1b}[J".utf8))
}

/// Says something to the person at the keyboard, not to who reads the output.
func complain(_ message: String) {
  FileHandle.standardError.write(Data((message + "\n").utf8))
}
