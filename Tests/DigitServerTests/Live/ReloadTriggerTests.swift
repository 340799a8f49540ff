import DigitServer
import DigitWire
import EventLoop
import Foundation
import ProtocolFixtures
import Testing

/// Who may have models loaded, and how; and connections that are told to come again.
@Suite(.timeLimit(.minutes(3))) struct ReloadTriggerTests: ReloadConversation {
  private let folder: ModelFolder

  init() throws { folder = try ModelFolder() }

  private func start(_ repository: ModelRepository) throws -> RunningServer {
    try RunningServer(repository: repository) {
      $0.httpAddresses = [.internet(host: "127.0.0.1", port: 0)]
    }
  }

  private func errorCode(_ client: WireClient) throws -> ErrorCode {
    let frame = try #require(client.receive())
    return try frame.payload.withUnsafeBytes { try ErrorMessage(frame.header, payload: $0) }.code
  }

  private func reload(_ client: WireClient) throws -> ReloadReply {
    client.send(ReloadRequest().frame(id: 5))
    let frame = try #require(client.receive())
    return try frame.payload.withUnsafeBytes { try ReloadReply(frame.header, payload: $0) }
  }

  @Test func `who comes over the network without a token may not reload`() throws {
    try folder.write("m.safetensors")
    let server = try start(try folder.repository())
    defer { server.kill() }
    let client = client(server)
    client.send(ReloadRequest().frame(id: 5))
    #expect(try errorCode(client) == .permissionDenied)
    #expect(
      http(server, "POST /v2/repository/models/m/unload").hasPrefix("HTTP/1.1 403 "))
    #expect(try version(client, handle: 1) == 1)
  }

  @Test func `who comes through a Unix socket may`() throws {
    try folder.write("m.safetensors")
    let path = folder.path("socket")
    let server = try RunningServer(repository: try folder.repository()) {
      $0.addresses.append(.unix(path: path))
    }
    defer { server.kill() }
    let client = WireClient.greeted(path: path)
    #expect(try reload(client).outcome == .unchanged)
    try folder.write("n.safetensors")
    try folder.truncate("m.safetensors", to: 100)
    let reply = try reload(client)
    #expect(reply.outcome == .refused && reply.loadedCount == 1 && reply.refusedCount == 1)
    #expect(reply.message.hasPrefix("m version 1: cannot load "), "\(reply.message)")
    #expect(try metadata(client).map(\.name) == ["m", "n"])
    // Half-closed, it gets its answer still.
    client.send(ReloadRequest().frame(id: 6))
    client.endSending()
    #expect(client.receive()?.header.type == MessageType.reloadReply.rawValue)
    #expect(client.isAtEnd())
  }

  private func http(_ server: RunningServer, _ request: String) -> String {
    let client = WireClient(port: server.httpPort!)
    client.send(
      Array(
        ("\(request) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer abc\r\n"
          + "Content-Length: 0\r\n\r\n").utf8))
    return client.receiveText(until: "}")
  }

  @Test func `models are loaded and unloaded over HTTP as KServe has it`() throws {
    try folder.write("m.safetensors")
    try folder.write("n.safetensors")
    let server = try RunningServer(repository: try folder.repository()) {
      $0.httpAddresses = [.internet(host: "127.0.0.1", port: 0)]
      $0.access = AccessList(TokenList(token: Array("abc".utf8)))
    }
    defer { server.kill() }
    let repository = "POST /v2/repository/models"
    #expect(http(server, "\(repository)/m/unload").contains(#"{"name":"m","unload":true}"#))
    #expect(http(server, "\(repository)/m/unload").contains(#"{"name":"m","unload":true}"#))
    #expect(http(server, "GET /v2/models/m").hasPrefix("HTTP/1.1 404 "))
    #expect(http(server, "\(repository)/m/load").contains(#"{"name":"m","load":true}"#))
    #expect(http(server, "GET /v2/models/m").hasPrefix("HTTP/1.1 200 "))
    for verb in ["load", "unload"] {
      #expect(http(server, "\(repository)/o/\(verb)").hasPrefix("HTTP/1.1 404 "))
    }
    try folder.truncate("m.safetensors", to: 100)
    let answer = http(server, "\(repository)/m/load")
    #expect(answer.hasPrefix("HTTP/1.1 422 ") && answer.contains("m version 1: cannot load"))
    #expect(http(server, "GET /v2/models/m").hasPrefix("HTTP/1.1 200 "))
    #expect(http(server, "\(repository)/n/unload").contains(#""unload":true"#))
    #expect(http(server, "\(repository)/m/unload").hasPrefix("HTTP/1.1 422 "))
  }

  @Test func `a folder that is watched is reloaded when its files have settled`() throws {
    try folder.write("m/1/model.safetensors")
    let server = try RunningServer(repository: try folder.repository()) {
      $0.watchesModels = true
      $0.limits.folderSettleInterval = .milliseconds(20)
    }
    defer { server.kill() }
    let client = client(server, .announcements)
    // In a folder that was not there before, and under another name until it is whole.
    try folder.write("m/2/part")
    try FileManager.default.moveItem(
      atPath: folder.path("m/2/part"), toPath: folder.path("m/2/model.safetensors"))
    #expect(try entry("m", try nextAnnouncement(client)).versions == [1, 2])
    try folder.write(#"{"aliases":{"m":{"stable":1}}}"#, to: "models.json")
    #expect(try nextAnnouncement(client).map(\.name) == ["m", "m:stable"])
    try folder.remove("m/2/model.safetensors")
    #expect(try entry("m", try nextAnnouncement(client)).versions == [1])
  }

  @Test func `an aged connection is told to go, and has its answers before it ends`() throws {
    let server = try RunningServer { $0.limits.connectionAge = .milliseconds(50) }
    defer { server.kill() }
    let client = client(server)
    // Half a request is in flight.
    client.send(bytes(of: Predict(imageCount: 2).header(requestID: 1)) + testImage(0))
    let frame = try #require(client.receive())
    #expect(try GoAway(frame.header).reason == .maximumAge)
    client.send(testImage(1))
    #expect(client.receive()?.header.type == MessageType.result.rawValue)
    #expect(client.isAtEnd())
  }
}
