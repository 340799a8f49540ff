import DigitFiles

/// Who may come in: named tokens, of which the hashes are known, each with what it is good for.
///
///     # name   scopes          SHA-256 of the token
///     alice    predict,stats   9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
package struct TokenList: Equatable, Sendable {
  /// One who may come in.
  package struct Bearer: Equatable, Sendable {
    package let name: String
    package let scopes: Scopes

    package init(name: String, scopes: Scopes) { (self.name, self.scopes) = (name, scopes) }
  }

  package struct Problem: Error, Equatable, CustomStringConvertible {
    package let line: Int
    package let reason: String

    package init(line: Int, reason: String) { (self.line, self.reason) = (line, reason) }

    package var description: String { "line \(line): \(reason)" }
  }

  private struct Entry: Equatable {
    let bearer: Bearer
    /// SHA-256.
    let hash: [UInt8]
  }

  private var entries: [Entry] = []

  /// Bytes of a file, tokens in it, and letters of a name, at most.
  package static let fileByteCountMax = 1 << 20
  package static let countMax = 1_024
  package static let nameLengthMax = 64

  package init() {}

  /// One token that may do everything.
  package init(token: [UInt8]) { add(token, name: "token") }

  package var count: Int { entries.count }

  /// Adds a token that is known itself.
  package mutating func add(_ token: [UInt8], name: String, scopes: Scopes = .all) {
    entries.append(
      Entry(bearer: Bearer(name: name, scopes: scopes), hash: SHA256.digest(of: token)))
  }

  /// Adds those of a file.
  /// - Throws: `Problem` for the first line that is neither a token, nor empty, nor a comment.
  package mutating func add(linesOf file: [UInt8]) throws(Problem) {
    let lines = file.split(separator: 0x0A, omittingEmptySubsequences: false)
    for (index, bytes) in lines.enumerated() {
      guard let line = String(validating: bytes, as: UTF8.self) else {
        throw Problem(line: index + 1, reason: "expected text in UTF-8")
      }
      do {
        if let entry = try Self.entry(line) { try add(entry) }
      } catch {
        throw Problem(line: index + 1, reason: error.reason)
      }
    }
  }

  private struct LineProblem: Error {
    let reason: String
  }

  private mutating func add(_ entry: Entry) throws(LineProblem) {
    guard entries.count < Self.countMax else {
      throw LineProblem(reason: "expected at most \(Self.countMax) tokens, got one more")
    }
    if entries.contains(where: { $0.bearer.name == entry.bearer.name }) {
      throw LineProblem(reason: "expected each name once, got '\(entry.bearer.name)' again")
    }
    if let other = entries.first(where: { $0.hash == entry.hash }) {
      throw LineProblem(
        reason: "expected a token of its own for '\(entry.bearer.name)', got that of "
          + "'\(other.bearer.name)'")
    }
    entries.append(entry)
  }

  /// Nil for an empty line, and for a comment.
  private static func entry(_ line: String) throws(LineProblem) -> Entry? {
    let words = line.split { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }
    guard let name = words.first, !name.hasPrefix("#") else { return nil }
    guard words.count == 3 else {
      throw LineProblem(
        reason: "expected NAME SCOPES SHA256, three words, got \(words.count)")
    }
    let isName = name.unicodeScalars.allSatisfy {
      $0.isASCII && $0.value > 0x20 && $0.value != 0x7F
    }
    guard isName, name.count <= nameLengthMax else {
      throw LineProblem(
        reason: "expected a name of at most \(nameLengthMax) ASCII letters, got another")
    }
    guard let scopes = Scopes(parsing: words[1]) else {
      throw LineProblem(
        reason: "expected scopes such as predict,stats,admin of '\(name)', got '\(words[1])'")
    }
    guard let hash = bytes(inHexadecimal: words[2]) else {
      throw LineProblem(
        reason: "expected a SHA-256 of 64 hexadecimal digits of '\(name)', got "
          + "\(words[2].count) characters")
    }
    return Entry(bearer: Bearer(name: String(name), scopes: scopes), hash: hash)
  }

  private static func bytes(inHexadecimal text: Substring) -> [UInt8]? {
    guard text.utf8.count == 64, text.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit })
    else { return nil }
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  /// Whose token this is. It takes the same time for every token that is not in the list, and for
  /// every one that is.
  package func bearer(of token: some Collection<UInt8>) -> Bearer? {
    let hash = SHA256.digest(of: token)
    var found: Int?
    for (index, entry) in entries.enumerated() where constantTimeEqual(hash, entry.hash) {
      found = index
    }
    return found.map { entries[$0].bearer }
  }
}
