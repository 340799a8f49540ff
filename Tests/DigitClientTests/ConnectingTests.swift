import DigitClient
import DigitWire
import ScriptedServers
import Testing

@Suite(.timeLimit(.minutes(1))) struct ConnectingTests {
  @Test func `the models are known when the connection is open`() async throws {
    let server = try ScriptedServer { _, _ in }
    let client = try await DigitClient.connect(to: server.address)
    #expect(client.models.map(\.name) == ["cnn-28", "mlp-16"])
    #expect(client.models.map(\.isDefault) == [true, false])
  }

  @Test func `the token and the wanted features travel in HELLO`() async throws {
    let server = try ScriptedServer(welcome: nil) { frame, peer in
      let hello = try! frame.payload.withUnsafeBytes { try Hello(frame.header, payload: $0) }
      if hello.token == Array("secret".utf8), hello.features == .announcements {
        peer.send(Welcome.usual)
      } else {
        peer.close()
      }
    }
    var options = ClientOptions()
    options.token = Array("secret".utf8)
    let client = try await DigitClient.connect(to: server.address, options: options)
    #expect(client.models.count == 2)
  }

  @Test func `a refused HELLO is the server's own error`() async throws {
    let server = try ScriptedServer(welcome: nil) { frame, peer in
      peer.refuse(frame, .unauthenticated)
      peer.end()
    }
    let refusal = ErrorMessage(Refusal(.unauthenticated, "expected something else"))
    await #expect(throws: DigitClientError.refused(refusal)) {
      try await DigitClient.connect(to: server.address)
    }
  }

  @Test func `a server that closes without a WELCOME is told so`() async throws {
    let server = try ScriptedServer(welcome: nil) { _, peer in peer.end() }
    await #expect(
      throws: DigitClientError.handshakeFailed(
        address: server.address, reason: "the server closed the connection before its WELCOME")
    ) { try await DigitClient.connect(to: server.address) }
  }

  @Test func `a server that stays silent is given up after the time-out`() async throws {
    let server = try ScriptedServer(welcome: nil) { _, _ in }
    let options = {
      var options = ClientOptions()
      options.connectTimeout = .milliseconds(20)
      return options
    }()
    await #expect(
      throws: DigitClientError.handshakeFailed(
        address: server.address, reason: "expected WELCOME within 0.02 seconds, got none")
    ) { try await DigitClient.connect(to: server.address, options: options) }
  }

  @Test func `a cancelled connect ends`() async throws {
    let (hellos, greeted) = AsyncStream.makeStream(of: Void.self)
    let server = try ScriptedServer(welcome: nil) { _, _ in greeted.yield() }
    let task = Task { try await DigitClient.connect(to: server.address) }
    _ = await hellos.first { _ in true }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func `a port where nobody listens refuses`() async throws {
    let address = try ScriptedServer { _, _ in }.address
    do {
      _ = try await DigitClient.connect(to: address)
      Issue.record("expected no connection")
    } catch DigitClientError.connectFailed(let told, let reason) {
      #expect(told == address)
      #expect(reason.contains("ECONNREFUSED"))
    }
  }

  @Test func `a peer that speaks something else is told apart`() async throws {
    let server = try ScriptedServer(welcome: nil) { _, peer in
      peer.send(Array("HTTP/1.1 400 Bad Request\r\n\r\n....".utf8))
    }
    do {
      _ = try await DigitClient.connect(to: server.address)
      Issue.record("expected no connection")
    } catch DigitClientError.handshakeFailed(_, let reason) {
      #expect(reason == "expected a Digits server, got an HTTP server")
    }
  }

  @Test(arguments: ["", "localhost", "127.0.0.1:", "unix:", "::1:7311", "host:65536"])
  func `an address that is none is refused`(_ text: String) async {
    await #expect(throws: DigitClientError.invalidAddress(text)) {
      try await DigitClient.connect(to: text)
    }
  }
}
