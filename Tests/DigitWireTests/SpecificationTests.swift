import Foundation
import ProtocolFixtures
import Testing

/// SPEC.md says what `protocol.json` and the vectors say.
@Suite struct SpecificationTests {
  let lines = ProtocolFiles.specification.split(separator: "\n", omittingEmptySubsequences: false)

  @Test func `the table of errors is that of protocol json`() {
    let rows = lines.compactMap { line in
      line.wholeMatch(
        of: /\| (\d+) \| `([A-Z_]+)` \| (client|server|overload) \| (yes|no) \| (yes|no) \| .*/)
    }.map { match -> JSONValue in
      [
        "code": .whole(Int(match.1)!), "name": .string(String(match.2)),
        "class": .string(String(match.3)), "retryable": .boolean(match.4 == "yes"),
        "closes": .boolean(match.5 == "yes"),
        "processed": match.2 == "INTERNAL" ? "unknown" : "no",
      ]
    }
    #expect(ProtocolFiles.description["errors"] == .array(rows))
  }

  @Test func `the table of messages is that of protocol json`() {
    let rows = lines.compactMap { line in
      line.wholeMatch(of: /\| `0x([0-9A-F]{2})` \| ([A-Z_]+) \| (client|server) → \w+ \|(.*)\|/)
    }.map { match in
      [String(Int(match.1, radix: 16)!), String(match.2), "\(match.3)", answer(in: match.4)]
    }
    let described = ProtocolFiles.description["messages"]!.array!.map { message in
      [
        "\(message["type"]!.integer!)", message["name"]!.string!,
        message["direction"] == "client_to_server" ? "client" : "server",
        message["answered_by"]?.string ?? "",
      ]
    }
    #expect(rows == described)
  }

  private func answer(in cell: Substring) -> String {
    let text = cell.trimmingCharacters(in: .whitespaces)
    return text == "nothing of its own" ? "" : text
  }

  @Test(arguments: ["client", "server"])
  func `the worked example is a vector, byte for byte`(side: String) throws {
    let vector = try #require(
      ProtocolFiles.valid.first { $0.name == "stream: the worked example, \(side)" })
    let shown = workedExample(side == "client" ? "→" : "←")
    #expect(shown.count == vector.frames.count)
    for (shown, frame) in zip(shown, vector.frames) {
      #expect(frame.bytes.starts(with: shown.bytes))
      #expect(shown.isCut ? shown.bytes.count == 32 : shown.bytes.count == frame.bytes.count)
    }
  }

  private struct ShownFrame {
    var bytes: [UInt8] = []
    /// Whether "…" stands for the rest.
    var isCut = false
  }

  /// The frames of section 8 that begin with `arrow`; what follows the bytes of a line is prose.
  private func workedExample(_ arrow: String) -> [ShownFrame] {
    var frames: [(arrow: Substring, frame: ShownFrame)] = []
    for line in lines.drop(while: { !$0.hasPrefix("## 8") }) {
      var words = line.split(separator: " ")[...]
      if let first = words.first, ["→", "←"].contains(first) {
        frames.append((first, ShownFrame()))
        words = words.dropFirst()
      }
      guard !frames.isEmpty else { continue }
      if words.first == "…" { frames[frames.count - 1].frame.isCut = true }
      let bytes = words.prefix { $0.wholeMatch(of: /[0-9A-F]{2}/) != nil }
      frames[frames.count - 1].frame.bytes += bytes.map { UInt8($0, radix: 16)! }
    }
    return frames.filter { $0.arrow == arrow }.map(\.frame)
  }

  @Test(arguments: [
    ("live?", "health, live"), ("ready?", "health, ready"),
    ("yes", "health reply, live, yes"), ("yes", "health reply, ready, yes"),
    ("no", "health reply, ready, no"),
  ])
  func `the constants of HEALTH are vectors, byte for byte`(word: String, name: String) throws {
    let vector = try #require(ProtocolFiles.valid.first { $0.name == name })
    let shown = lines.compactMap { $0.wholeMatch(of: /(live\?|ready\?|yes|no) +([0-9A-F ]+)/) }
      .filter { $0.1 == word }.map { expanded(String($0.2)) }
    #expect(shown.contains(vector.bytes))
  }

  @Test(.enabled(if: python != nil, "python3 is not installed"))
  func `the vectors are what their generator writes`() throws {
    let process = Process()
    process.executableURL = URL(filePath: try #require(Self.python))
    process.arguments = [
      "-B", ProtocolFiles.folder.appending(path: "Vectors/generate.py").path(), "--check",
    ]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  private static let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }
}
