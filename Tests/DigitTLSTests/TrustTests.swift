import CertificateFixtures
import DigitTLS
import Testing

/// Who takes whose certificate, and what both ends say where one does not.
struct TrustTests {
  private let authority: TestAuthority

  init() throws { authority = try TestAuthority() }

  private func server(
    _ identity: TestAuthority.Identity? = nil, clientAuthorities: String? = nil
  ) throws -> TLSServer {
    let identity = try identity ?? authority.identity("server")
    return try TLSServer(
      TLSServer.Files(
        certificate: identity.certificate, key: identity.key,
        clientAuthorities: clientAuthorities))
  }

  private func client(_ identity: TestAuthority.Identity? = nil, name: String? = nil) throws
    -> TLSClient
  {
    try TLSClient(
      TLSClient.Files(
        authorities: authority.certificate, certificate: identity?.certificate,
        key: identity?.key),
      serverName: name)
  }

  private func meet(
    _ server: TLSServer, _ client: TLSClient, host: String = "localhost", of name: String? = nil
  ) throws -> StagePair {
    let pair = try StagePair(server, client, host: host, of: name)
    pair.client.unsent = [1]
    pair.pump()
    return pair
  }

  @Test(arguments: ["localhost", "127.0.0.1", "::1"])
  func `a host is known by its name or its address`(_ host: String) throws {
    let pair = try meet(server(), client(), host: host)
    #expect(pair.server.received == [1] && pair.client.failure == nil)
  }

  @Test(arguments: ["other.example", "127.0.0.2"])
  func `another host is refused`(_ host: String) throws {
    let pair = try meet(server(), client(), host: host)
    #expect(
      pair.client.failure == "the server's certificate is for another host than '\(host)': "
        + "connect to a name that it has, or say which one to expect")
    #expect(pair.server.failure == "the client refuses this server's certificate")
    #expect(pair.server.received.isEmpty)
  }

  @Test func `the name that is asked for counts, not that of the address`() throws {
    let pair = try meet(server(), client(name: "localhost"), host: "other.example")
    #expect(pair.server.received == [1])
  }

  @Test func `an address of a name is known by the name`() throws {
    let pair = try meet(server(), client(), host: "127.0.0.2", of: "localhost")
    #expect(pair.server.received == [1])
    let other = try meet(server(), client(), host: "127.0.0.1", of: "other.example")
    #expect(other.client.failure?.contains("for another host than 'other.example'") == true)
    let told = try meet(
      server(), client(name: "localhost"), host: "127.0.0.2", of: "other.example")
    #expect(told.server.received == [1])
  }

  @Test func `an expired certificate is refused`() throws {
    let pair = try meet(server(authority.identity("old", isExpired: true)), client())
    #expect(pair.client.failure == "the server's certificate has expired")
    #expect(pair.server.failure == "the client finds this server's certificate expired")
  }

  @Test func `a CA that is not trusted is refused`() throws {
    let stranger = try TestAuthority(name: "Stranger")
    let pair = try meet(server(stranger.identity("server")), client())
    #expect(pair.client.failure == "the server's certificate is of a CA that is not trusted here")
    #expect(
      pair.server.failure == "the client does not trust the CA of this server's certificate")
  }

  @Test func `a client with a certificate of the CA comes in`() throws {
    let pair = try meet(
      server(clientAuthorities: authority.certificate), client(authority.identity("client")))
    #expect(pair.server.received == [1] && pair.client.failure == nil)
  }

  @Test func `a client without a certificate is refused`() throws {
    let pair = try meet(server(clientAuthorities: authority.certificate), client())
    #expect(pair.server.failure == "expected a client certificate, got none")
    #expect(pair.client.failure == "the server requires a client certificate, and got none")
    #expect(pair.server.received.isEmpty)
  }

  @Test func `a client of another CA is refused`() throws {
    let stranger = try TestAuthority(name: "Stranger")
    let pair = try meet(
      server(clientAuthorities: authority.certificate), client(stranger.identity("client")))
    #expect(pair.server.failure == "the client's certificate is of a CA that is not trusted here")
    #expect(
      pair.client.failure == "the server does not trust the CA of this client's certificate")
  }

  @Test func `a client whose CA has been removed does not come in with an old ticket`() throws {
    let trusted = try TestAuthority(name: "Clients")
    let authorities = authority.path("clients.pem")
    try replace(authorities, by: trusted.certificate)
    let server = try server(clientAuthorities: authorities)
    let client = try client(trusted.identity("client"))
    let first = try StagePair(server, client)
    first.client.unsent = [1]
    first.server.unsent = [2]
    first.pump()
    #expect(first.client.received == [2])
    try replace(authorities, by: authority.certificate)
    try server.reload()
    let second = try meet(server, client)
    #expect(second.server.received.isEmpty)
    #expect(second.server.failure == "the client's certificate is of a CA that is not trusted here")
  }

  @Test func `an expired client is refused`() throws {
    let pair = try meet(
      server(clientAuthorities: authority.certificate),
      client(authority.identity("client", isExpired: true)))
    #expect(pair.server.failure == "the client's certificate has expired")
    #expect(pair.client.failure == "the server finds this client's certificate expired")
  }

  // MARK: Files

  @Test func `files that cannot be used are named`() throws {
    let (one, other) = try (authority.identity("one"), authority.identity("other"))
    let missing = authority.path("missing")
    let empty = authority.path("empty")
    try overwrite(empty, "")
    let cases: [(String, String, String)] = [
      (
        missing, one.key,
        "cannot read the certificate file '\(missing)': No such file or directory"
      ),
      (
        one.certificate, missing, "cannot read the key file '\(missing)': No such file or directory"
      ),
      (
        empty, one.key,
        "expected a certificate in PEM in '\(empty)', with its chain behind it, got none "
          + "(no start line)"
      ),
      (
        one.certificate, empty,
        "expected a private key in PEM without a passphrase in '\(empty)', got none"
      ),
      (
        one.certificate, other.key,
        "expected the key of the certificate in '\(one.certificate)', got another in '\(other.key)'"
      ),
    ]
    for (certificate, key, sentence) in cases {
      let error = #expect(throws: TLSError.self) {
        _ = try TLSServer(TLSServer.Files(certificate: certificate, key: key))
      }
      #expect(error?.description == sentence)
    }
    let error = #expect(throws: TLSError.self) {
      _ = try TLSClient(TLSClient.Files(authorities: empty))
    }
    #expect(
      error?.description.hasPrefix("expected certificates of CAs in PEM in '\(empty)'") == true)
  }
}
