import Foundation
import ProgramShell
import Testing

struct TokenFileTests {
  private func read(_ content: String) throws -> [UInt8] {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "digits-token-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(content.utf8).write(to: URL(filePath: path))
    return try TokenFile.read(path)
  }

  @Test(arguments: ["secret", "secret\n", "secret\r\n", "secret\n\n"])
  func `line ends after the token do not count`(content: String) throws {
    #expect(try read(content) == Array("secret".utf8))
  }

  @Test func `a token may have as many bytes as the protocol allows, and no more`() throws {
    #expect(try read(String(repeating: "a", count: 512) + "\r\n").count == 512)
    let error = #expect(throws: Failure.self) { try read(String(repeating: "a", count: 513)) }
    #expect(error?.description.hasPrefix("expected a token of 1 to 512 bytes in '") == true)
    #expect(error?.description.hasSuffix(", named by --token-file; got more") == true)
  }

  @Test(arguments: ["", "\n"])
  func `an empty file is no token`(content: String) {
    #expect(throws: Failure.self) { try read(content) }
  }

  @Test func `a file that a variable names is told with it`() {
    let error = #expect(throws: Failure.self) {
      try TokenFile.read("/nowhere", namedBy: "environment variable LAB_TOKEN_FILE")
    }
    #expect(
      error?.description
        == "cannot read the token file '/nowhere', named by environment variable LAB_TOKEN_FILE: "
        + "there is no such file")
  }

  @Test(.timeLimit(.minutes(1)), arguments: ["/dev/zero", "/", "/nowhere"])
  func `what is no token file is refused without reading it whole`(path: String) {
    #expect(throws: Failure.self) { try TokenFile.read(path) }
  }
}
