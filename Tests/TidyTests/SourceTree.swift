import Foundation
import Testing

/// The project's own text files, as the tidy tests read them.
enum SourceTree {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  struct File: Sendable, CustomTestStringConvertible {
    /// From the root: "Sources/Measure/LatencyHistogram.swift".
    let path: String
    let text: String

    /// Nil where there is no such text file.
    init?(_ path: String) {
      guard let text = try? String(contentsOfFile: "\(root)/\(path)", encoding: .utf8) else {
        return nil
      }
      self.path = path
      self.text = text
    }

    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
    var name: String { String(path.split(separator: "/").last ?? "") }
    var testDescription: String { path }
  }

  /// Every file of these folders with one of these extensions, by path.
  static func files(in folders: [String], extensions: Set<String>) -> [File] {
    folders.flatMap { folder -> [File] in
      let paths = FileManager.default.enumerator(atPath: "\(root)/\(folder)")
      let names = (paths?.compactMap { $0 as? String } ?? []).sorted()
      return names.compactMap { name in
        guard extensions.contains(String(name.split(separator: ".").last ?? "")) else {
          return nil
        }
        return File("\(folder)/\(name)")
      }
    }
  }

  static let swift = files(in: ["Sources", "Tests", "Examples"], extensions: ["swift"])
  static let all =
    files(
      in: ["Sources", "Tests", "Examples", "Protocol", "Deploy", "Docs", ".dev", ".ci"],
      extensions: [
        "swift", "h", "c", "py", "sh", "lua", "md", "json", "modulemap", "yml", "yaml",
      ])
  static let documents =
    [File("README.md")].compactMap(\.self)
    + files(
      in: ["Docs", "Deploy", "Models", "Protocol", "Sources", "Tests"], extensions: ["md"])
}
