import Foundation
import PlainText

/// `value` as one JSON object on a line.
func json(_ value: some Encodable) throws -> Data { try jsonLine(value) }

func printJSON(_ value: some Encodable) throws {
  say(text: String(decoding: try json(value), as: UTF8.self))
}

/// Prints a line at once, though a pipe reads it: for output that comes bit by bit.
func say(_ line: String) { say(text: line + "\n") }

/// Prints lines that have their ends.
func say(text: String) { StandardStream.output.write(text) }

/// Makes room for the next picture where a person watches; elsewhere each follows the last.
func clearScreen() {
  guard isatty(STDOUT_FILENO) == 1 else { return }
  StandardStream.output.clearScreen()
}

/// Prints one line for the person at the keyboard, not for who reads the output.
func complain(_ message: String) { StandardStream.errors.write(message.escaped + "\n") }

/// Replaces the line that the person at the keyboard sees; the cursor stays at its start.
func replaceLine(_ text: String) { StandardStream.errors.replaceLine(text) }

/// How many requests are under way at most: "8 in flight on each of 2 connections".
func inFlightText(_ pipeline: Int, connections: Int) -> String {
  "\(pipeline) in flight on "
    + (connections == 1 ? "1 connection" : "each of \(connections) connections")
}
