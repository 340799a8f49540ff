import CertificateFixtures
import DigitClient
import EventLoop
import Foundation
import Glibc
import ProtocolFixtures
import Testing

/// The programs over TLS, as an operator runs them.
@Suite(.timeLimit(.minutes(5))) struct TLSTests {
  private let authority: TestAuthority
  private let models: TemporaryFolder

  init() throws {
    authority = try TestAuthority()
    models = try TemporaryFolder()
    try FileManager.default.copyItem(
      at: Program.root.appending(path: "Models/mlp-50-50.safetensors"),
      to: models.url.appending(path: "mlp-50-50.safetensors"))
  }

  private func withServer(
    _ identity: TestAuthority.Identity? = nil, _ arguments: [String] = [],
    _ body: (RunningServer) async throws -> Void
  ) async throws {
    let identity = try identity ?? authority.identity("server")
    let server = try RunningServer(
      models: models.url.path,
      arguments: [
        "--http", "127.0.0.1:0", "--tls-cert", identity.certificate, "--tls-key", identity.key,
      ] + arguments)
    do {
      try await body(server)
    } catch {
      _ = server.stop()
      throw error
    }
    #expect(server.stop() == 0)
  }

  private func digitctl(_ verb: String, _ server: RunningServer, _ arguments: String...) throws
    -> Program.Outcome
  {
    try Program.digitctl.run([verb, "--server", server.address] + arguments)
  }

  /// Runs `openssl s_client`, which sends `input` and reads to the end.
  private func openssl(
    _ port: UInt16, _ arguments: [String], input: String = ""
  ) throws -> String {
    let process = Process()
    let (questions, answers) = (Pipe(), Pipe())
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      ["timeout", "20", "openssl", "s_client", "-connect", "127.0.0.1:\(port)"]
      + ["-CAfile", authority.certificate] + arguments
    process.standardInput = questions
    process.standardOutput = answers
    process.standardError = answers
    try process.run()
    questions.fileHandleForWriting.write(Data(input.utf8))
    try questions.fileHandleForWriting.close()
    let text = String(decoding: answers.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text
  }

  // MARK: Those who come in

  @Test(arguments: ["-tls1_2", "-tls1_3"])
  func `openssl gets an answer over HTTP in both versions`(_ version: String) async throws {
    try await withServer { server in
      let port = try #require(server.httpPort)
      let text = try openssl(
        port, [version, "-quiet", "-alpn", "http/1.1", "-verify_return_error"],
        input: "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n")
      #expect(text.contains("HTTP/1.1 200") && text.hasSuffix("ok\n"), "\(text)")
    }
  }

  @Test func `an earlier version of TLS is refused, and renegotiation is, too`() async throws {
    try await withServer { server in
      let old = try openssl(
        server.port, ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"])
      #expect(old.contains("alert protocol version"), "\(old)")
      let again = try openssl(server.port, ["-tls1_2"], input: "R\n")
      #expect(again.contains("no renegotiation"), "\(again)")
      server.waitUntilLogged("expected TLS 1.2 or later, got a client of an earlier version")
    }
  }

  @Test func `every verb of digitctl works over TLS`() async throws {
    try await withServer { server in
      let ca = ["--tls-ca", authority.certificate]
      let verbs = [
        ["predict", "--index", "8"], ["models"], ["stats"], ["ping", "--count", "2"], ["health"],
        ["evaluate", "--limit", "100"], ["bench", "--requests", "100"],
      ]
      for verb in verbs {
        let outcome = try Program.digitctl.run(
          [verb[0], "--server", server.address] + verb.dropFirst() + ca)
        #expect(outcome.status == 0, "\(verb): \(outcome.errors)")
      }
      let http = try Program.digitctl.run(
        ["bench", "--http", "--server", try #require(server.httpAddresses.first)]
          + ["--requests", "100"] + ca)
      #expect(http.status == 0, "\(http.errors)")
    }
  }

  @Test func `a client with a certificate comes in where one is required`() async throws {
    let client = try authority.identity("client")
    try await withServer(nil, ["--tls-client-ca", authority.certificate]) { server in
      let outcome = try digitctl(
        "ping", server, "--tls-ca", authority.certificate, "--tls-cert", client.certificate,
        "--tls-key", client.key)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
  }

  // MARK: Those who do not

  /// What both sides say of a client that is refused.
  private func refused(
    _ server: RunningServer, _ arguments: [String], client: String, server logged: String?
  ) throws {
    let outcome = try Program.digitctl.run(["ping", "--server", server.address] + arguments)
    #expect(outcome.status == 1)
    #expect(outcome.errors.hasSuffix("\(client)\n"), "\(outcome.errors)")
    if let logged { server.waitUntilLogged("why=\"\(logged)\"") }
  }

  @Test func `an expired server is refused`() async throws {
    try await withServer(authority.identity("old", isExpired: true)) { server in
      try refused(
        server, ["--tls-ca", authority.certificate],
        client: "the server's certificate has expired",
        server: "the client finds this server's certificate expired")
    }
  }

  @Test func `what does not fit the server is refused with a sentence of its own`() async throws {
    try await withServer { server in
      try refused(
        server, ["--tls"], client: "the server's certificate is of a CA that is not trusted here",
        server: "the client does not trust the CA of this server's certificate")
      try refused(
        server, ["--tls-ca", authority.certificate, "--tls-server-name", "other.example"],
        client: "the server's certificate is for another host than 'other.example': connect to a "
          + "name that it has, or say which one to expect",
        server: "the client refuses this server's certificate")
      try refused(
        server, [],
        client: "expected TLS on this port, got a client that does not encrypt: connect with TLS "
          + "(digitctl --tls)", server: "expected TLS, got a client that does not encrypt")
    }
  }

  @Test func `a client that does not show what is required is refused`() async throws {
    let strangers = try TestAuthority(name: "Strangers")
    let stranger = try strangers.identity("client")
    try await withServer(nil, ["--tls-client-ca", authority.certificate]) { server in
      let ca = ["--tls-ca", authority.certificate]
      try refused(
        server, ca, client: "the server requires a client certificate, and got none",
        server: "expected a client certificate, got none")
      try refused(
        server, ca + ["--tls-cert", stranger.certificate, "--tls-key", stranger.key],
        client: "the server does not trust the CA of this client's certificate",
        server: "the client's certificate is of a CA that is not trusted here")
    }
  }

  @Test func `a client of TLS is told that the server does not encrypt`() async throws {
    let server = try RunningServer(models: models.url.path)
    defer { #expect(server.stop() == 0) }
    let outcome = try digitctl("ping", server, "--tls")
    #expect(
      outcome.errors.hasSuffix("expected TLS, got a server that does not encrypt on this port\n"),
      "\(outcome.errors)")
    server.waitUntilLogged("got what looks like a TLS ClientHello")
  }

  @Test(arguments: [
    (["--tls-key", "x"], "expected --tls-cert beside --tls-key, got none"),
    (["--tls-client-ca", "x"], "expected --tls-cert beside --tls-client-ca, got none"),
    (
      ["--tls-cert", "/nowhere"],
      "cannot read the certificate file '/nowhere': No such file or directory"
    ),
  ])
  func `files that cannot be used are named when digitd starts`(
    _ arguments: [String], _ sentence: String
  ) throws {
    let outcome = try Program.digitd.run(
      ["--listen", "127.0.0.1:0", "--models", models.url.path] + arguments)
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
  }

  // MARK: Load

  @Test func `a thousand half-open handshakes do not keep a client out`() async throws {
    try await withServer { server in
      _ = DescriptorLimit.raise()
      let halves = (0..<1_000).map { _ in
        let half = WireClient(port: server.port)
        half.send([22, 3, 1, 2, 0, 1])
        return half
      }
      var options = ClientOptions()
      options.tls = try ClientTLS(caFile: authority.certificate)
      let client = try await DigitClient.connect(to: server.address, options: options)
      for _ in 0..<100 {
        let answer = try await client.predict([UInt8](repeating: 0, count: 784))
        #expect(answer.images.count == 1)
      }
      await client.close()
      withExtendedLifetime(halves) {}
    }
  }

  @Test func `a stop under load over TLS answers everything that was accepted`() async throws {
    let identity = try authority.identity("server")
    let server = try RunningServer(
      models: models.url.path,
      arguments: [
        "--loops", "2", "--tls-cert", identity.certificate, "--tls-key", identity.key,
      ])
    var options = ClientOptions()
    options.tls = try ClientTLS(caFile: authority.certificate)
    let clients = try await connect(8, to: server, options)
    let image = [UInt8](repeating: 0, count: 784)
    let answered = await withTaskGroup(of: Int.self) { group in
      for client in clients {
        group.addTask { await answersUntilRefused(client, image) }
      }
      try? await Task.sleep(for: .milliseconds(300))
      kill(server.processID, SIGTERM)
      return await group.reduce(0, +)
    }
    #expect(answered > 8)
    #expect(server.waitUntilEnded() == 0)
  }

  private func connect(
    _ count: Int, to server: RunningServer, _ options: ClientOptions
  ) async throws -> [DigitClient] {
    var clients: [DigitClient] = []
    for _ in 0..<count {
      clients.append(try await DigitClient.connect(to: server.address, options: options))
    }
    return clients
  }
}

/// Asks again and again until the server leaves; anything but an answer or that word is an issue.
private func answersUntilRefused(_ client: DigitClient, _ image: [UInt8]) async -> Int {
  var count = 0
  while true {
    do {
      _ = try await client.predict(image)
      count += 1
    } catch DigitClientError.serverLeaving {
      await client.close()
      return count
    } catch DigitClientError.refused(let message) where message.code == .draining {
      await client.close()
      return count
    } catch {
      Issue.record("expected an answer or GOAWAY, got \(error)")
      await client.close()
      return count
    }
  }
}
