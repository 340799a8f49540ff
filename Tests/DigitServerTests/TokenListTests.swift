import DigitFiles
import DigitServer
import Testing

struct TokenListTests {
  private func list(_ text: String) throws -> TokenList {
    var list = TokenList()
    try list.add(linesOf: Array(text.utf8))
    return list
  }

  private func line(_ name: String, _ scopes: String, _ token: String) -> String {
    "\(name) \(scopes) \(SHA256.hexDigest(of: token.utf8))\n"
  }

  @Test func `a token is known by its hash, with its name and scopes`() throws {
    let list = try list(
      "# name scopes hash\n\n" + line("alice", "predict,stats", "open")
        + line("bob", "admin", "sesame"))
    #expect(list.count == 2)
    #expect(
      list.bearer(of: "open".utf8) == .init(name: "alice", scopes: [.predict, .stats]))
    #expect(list.bearer(of: "sesame".utf8) == .init(name: "bob", scopes: .admin))
    #expect(list.bearer(of: "opem".utf8) == nil && list.bearer(of: [UInt8]()) == nil)
  }

  @Test func `upper case, tabs and line ends of other systems are taken`() throws {
    let hash = SHA256.hexDigest(of: "open".utf8).uppercased()
    #expect(try list("alice\tpredict\t\(hash)\r\n").bearer(of: "open".utf8)?.name == "alice")
  }

  @Test func `a token that is known itself may do everything`() {
    var list = TokenList()
    list.add(Array("open".utf8), name: "the token")
    #expect(list.bearer(of: "open".utf8) == .init(name: "the token", scopes: .all))
  }

  private static let hash = SHA256.hexDigest(of: "open".utf8)

  @Test(arguments: [
    ("alice predict", 1, "expected NAME SCOPES SHA256, three words, got 2"),
    ("\nalice predict \(hash) x", 2, "expected NAME SCOPES SHA256, three words, got 4"),
    ("alice all \(hash)", 1, "expected scopes such as predict,stats,admin of 'alice', got 'all'"),
    (
      "alice predict, \(hash)", 1,
      "expected scopes such as predict,stats,admin of 'alice', got 'predict,'"
    ),
    (
      "alice predict \(hash.dropLast())", 1,
      "expected a SHA-256 of 64 hexadecimal digits of 'alice', got 63 characters"
    ),
    (
      "alice predict \(hash.dropLast())g", 1,
      "expected a SHA-256 of 64 hexadecimal digits of 'alice', got 64 characters"
    ),
    (
      "alice predict \(hash)\nalice stats \(String(hash.reversed()))", 2,
      "expected each name once, got 'alice' again"
    ),
    (
      "alice predict \(hash)\nbob stats \(hash)", 2,
      "expected a token of its own for 'bob', got that of 'alice'"
    ),
    ("älice predict \(hash)", 1, "expected a name of at most 64 ASCII letters, got another"),
  ])
  func `a file that is not a list says which line is wrong`(
    _ text: String, _ line: Int, _ reason: String
  ) throws {
    let problem = #expect(throws: TokenList.Problem.self) { try list(text) }
    #expect(problem == TokenList.Problem(line: line, reason: reason))
  }

  @Test func `bytes that are no text are refused`() {
    var list = TokenList()
    #expect(throws: TokenList.Problem.self) { try list.add(linesOf: [0xFF, 0xFE, 0x0A]) }
  }
}
