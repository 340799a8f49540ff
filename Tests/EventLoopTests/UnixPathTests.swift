import EventLoop
import Foundation
import Testing

/// What is wrong with a Unix socket's path is said in words of its own.
@Suite(.timeLimit(.minutes(1))) struct UnixPathTests {
  private let folder = FileManager.default.temporaryDirectory
    .appending(path: "digits-\(UUID().uuidString.prefix(8))").path

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  private func listeningFailure(at path: String) throws -> UVError? {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var failure: UVError?
    try withLoop { loop in
      do {
        try Listener(.unix(path: path), loop: loop) { _ in }.close()
      } catch let error as UVError {
        failure = error
      }
    }
    return failure
  }

  private func connectingFailure(at path: String) throws -> UVError? {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var failure: UVError?
    try withLoop { loop in
      Connector.connect(to: .unix(path: path), on: loop) { result in
        switch result {
        case .success(let stream): stream.close()
        case .failure(let error): failure = error
        }
      }
    }
    return failure
  }

  private func path(of byteCount: Int) -> String {
    folder + "/" + String(repeating: "s", count: byteCount - folder.utf8.count - 1)
  }

  @Test func `107 bytes are listened on`() throws {
    #expect(try listeningFailure(at: path(of: 107)) == nil)
  }

  @Test func `a longer path is refused, and nothing is made`() throws {
    let sentence = "expected a path of at most 107 bytes, got 108"
    #expect(try listeningFailure(at: path(of: 108))?.description == sentence)
    #expect(try connectingFailure(at: path(of: 108))?.description == sentence)
  }

  @Test func `a missing folder is named`() throws {
    let sentence = "the folder '\(folder)/none' does not exist"
    #expect(try listeningFailure(at: folder + "/none/s")?.description == sentence)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    #expect(try connectingFailure(at: folder + "/none/s")?.description == sentence)
  }

  @Test func `a plain file stays, and is told from a socket`() throws {
    let file = folder + "/plain"
    try Data("text".utf8).write(to: URL(filePath: file))
    #expect(
      try connectingFailure(at: file)?.description == "the file with this path is not a socket")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data("text".utf8).write(to: URL(filePath: file))
    #expect(
      try listeningFailure(at: file)?.description
        == "a file that is not a socket has this path; remove it or choose another path")
  }

  @Test func `a socket that is not there is told from one that nobody listens on`() throws {
    #expect(
      try connectingFailure(at: folder + "/s")?.description
        == "the socket does not exist; is the server running?")
  }
}
