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
    #expect(error?.description.hasSuffix(", got more") == true)
  }

  @Test(arguments: ["", "\n"])
  func `an empty file is no token`(content: String) {
    #expect(throws: Failure.self) { try read(content) }
  }

  @Test(.timeLimit(.minutes(1)), arguments: ["/dev/zero", "/", "/nowhere"])
  func `what is no token file is refused without reading it whole`(path: String) {
    #expect(throws: Failure.self) { try TokenFile.read(path) }
  }
}
