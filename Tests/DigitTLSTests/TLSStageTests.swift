import CertificateFixtures
import DigitTLS
import EventLoop
import Testing

/// Both ends of a session, without sockets.
struct TLSStageTests {
  private let authority: TestAuthority
  private let server: TLSServer
  private let client: TLSClient

  init() throws {
    authority = try TestAuthority()
    let identity = try authority.identity("server")
    server = try TLSServer(
      TLSServer.Files(certificate: identity.certificate, key: identity.key))
    client = try TLSClient(TLSClient.Files(authorities: authority.certificate))
  }

  private func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8($0 % 251) } }

  @Test(arguments: [1, 2, 3, 5, 100, 1_460, .max])
  func `what is sent comes out, in whatever pieces it travels`(_ pieces: Int) throws {
    let pair = try StagePair(server, client)
    pair.client.unsent = pattern(40_000)
    pair.server.unsent = pattern(50_000)
    pair.pump(pieces: pieces)
    #expect(pair.server.received == pattern(40_000))
    #expect(pair.client.received == pattern(50_000))
    #expect(pair.outcomes == [.established])
    #expect(pair.client.failure == nil && pair.server.failure == nil)
  }

  @Test func `a handshake may be cut at any byte`() throws {
    let whole = try StagePair(server, client)
    whole.pump()
    for offset in 1..<whole.client.wire.count {
      let pair = try StagePair(server, client)
      pair.client.unsent = [7]
      pair.pump(pieces: offset)
      #expect(pair.server.received == [7], "cut every \(offset) bytes")
    }
  }

  @Test func `a turn's bytes are one record, as far as a record holds them`() throws {
    let pair = try StagePair(server, client)
    pair.pump()
    let before = pair.server.wire.count
    pair.server.unsent = pattern(16_000)
    pair.pump()
    // Header, type and tag of one record.
    #expect(pair.server.wire.count - before == 16_000 + 5 + 1 + 16)
  }

  @Test func `nothing is sent in plain text before the handshake has ended`() throws {
    let pair = try StagePair(server, client)
    pair.client.unsent = pattern(100)
    pair.client.flush()
    #expect(pair.client.unsent.count == 100)
    pair.pump()
    #expect(!pair.client.wire.contains(pattern(100)))
    #expect(pair.server.received == pattern(100))
  }

  @Test func `an end that is said is an end, and the other direction goes on`() throws {
    let pair = try StagePair(server, client)
    pair.pump()
    pair.client.stage.end(pair.client.outgoing)
    pair.server.unsent = pattern(10)
    pair.pump()
    #expect(pair.server.hasReachedEnd && pair.server.failure == nil)
    #expect(pair.client.received == pattern(10))
  }

  @Test func `an end that is not said is a failure`() throws {
    let pair = try StagePair(server, client)
    pair.client.unsent = pattern(10)
    pair.pump()
    pair.server.receiveEnd()
    #expect(
      pair.server.failure
        == "the client's connection ended without TLS saying so: data may be missing")
    #expect(!pair.server.hasReachedEnd)
  }

  @Test func `an end within the handshake is told as such`() throws {
    let pair = try StagePair(server, client)
    pair.server.receive(Array(pair.client.takeOutgoing().prefix(20)))
    pair.server.receiveEnd()
    #expect(pair.server.failure == "the client closed the connection during the TLS handshake")
    pair.client.receiveEnd()
    #expect(pair.client.failure == "the server closed the connection during the TLS handshake")
  }

  @Test(arguments: ["GET / HTTP/1.1\r\n", "DGTS", "SSH-2.0-x\r\n"])
  func `a client that does not encrypt is told so in plain text`(_ text: String) throws {
    let pair = try StagePair(server, client)
    pair.server.receive(Array(text.utf8))
    #expect(pair.server.failure == "expected TLS, got a client that does not encrypt")
    #expect(pair.server.takeOutgoing() == Array("plain".utf8))
  }

  @Test func `a server that does not encrypt is noticed by its first byte`() throws {
    let pair = try StagePair(server, client)
    pair.client.receive(Array("HTTP/1.1 400 Bad Request".utf8))
    #expect(
      pair.client.failure == "expected TLS, got a server that does not encrypt on this port")
  }

  @Test func `a record that was changed on the way is refused`() throws {
    let pair = try StagePair(server, client)
    pair.pump()
    pair.client.unsent = pattern(50)
    pair.client.flush()
    var record = pair.client.takeOutgoing()
    record[20] ^= 1
    pair.server.receive(record)
    #expect(pair.server.received.isEmpty && pair.server.failure != nil)
  }

  @Test func `a client that speaks another protocol is refused`() throws {
    let pair = try StagePair(server, client, clientSpeaks: .http)
    pair.pump()
    #expect(pair.server.failure?.hasPrefix("expected the protocol of this port (ALPN)") == true)
    #expect(pair.client.failure == "the server speaks another protocol on this port")
  }

  @Test func `a second connection takes up the session of the first`() throws {
    let first = try StagePair(server, client)
    first.client.unsent = [1]
    first.server.unsent = [2]
    first.pump()
    #expect(!first.server.stage.isResumed)
    let second = try StagePair(server, client)
    second.pump()
    #expect(second.server.stage.isResumed && second.client.stage.isResumed)
  }

  @Test func `after a reload sessions begin anew, with the certificate that is there now`() throws {
    let first = try StagePair(server, client)
    first.server.unsent = [2]
    first.pump()
    let other = try TestAuthority(name: "Other CA")
    let identity = try other.identity("server")
    try replace(server.files.certificate, by: identity.certificate)
    try replace(server.files.key, by: identity.key)
    try server.reload()
    let second = try StagePair(server, client)
    second.pump()
    #expect(!second.server.stage.isResumed)
    #expect(second.client.failure == "the server's certificate is of a CA that is not trusted here")
    // One that stands goes on.
    first.client.unsent = [3]
    first.pump()
    #expect(first.server.received == [3])
  }

  @Test func `a reload that fails leaves what was there`() throws {
    try overwrite(server.files.key, "no key")
    #expect(throws: TLSError.self) { try server.reload() }
    let pair = try StagePair(server, client)
    pair.pump()
    #expect(pair.outcomes == [.established])
  }
}

extension [UInt8] {
  fileprivate func contains(_ part: [UInt8]) -> Bool {
    part.count <= count
      && (0...(count - part.count)).contains { self[$0..<($0 + part.count)].elementsEqual(part) }
  }
}
