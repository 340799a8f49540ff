import Foundation
import PlainText

/// When, where and by which command a report came about.
package struct Origin: Sendable {
  package var date: Date
  package var host: String
  package var command: String
  /// Rows of a name and a value: which server, which versions.
  package var others: [[String]]

  /// On this machine.
  /// - Parameter arguments: the command line, the program first.
  package init(
    date: Date = Date(), others: [[String]], arguments: [String] = CommandLine.arguments
  ) {
    self.date = date
    self.others = others
    host = Self.machine
    command = arguments.map(shellWord).joined(separator: " ")
  }

  /// Its name, its processors and its system.
  private static var machine: String {
    let process = ProcessInfo.processInfo
    return [
      process.hostName, "\(counted(process.activeProcessorCount, "processor")) (\(processorName))",
      process.operatingSystemVersionString,
    ].joined(separator: ", ")
  }

  /// The processors' name as Linux has it.
  package static var processorName: String {
    let info = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = info.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces) ?? "unknown"
  }
}

/// A word as one types it into a shell.
private func shellWord(_ word: String) -> String {
  let isPlain =
    !word.isEmpty
    && word.unicodeScalars.allSatisfy { scalar in
      scalar.properties.isAlphabetic || "0123456789-_=+,./:@%".unicodeScalars.contains(scalar)
    }
  return isPlain ? word : "'" + word.replacing("'", with: #"'\''"#) + "'"
}
