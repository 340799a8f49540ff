import DigitServer
import DigitWire
import EventLoop
import Glibc
import ProtocolFixtures
import Testing

/// Speech of other protocols, and other ways to the same server.
@Suite(.timeLimit(.minutes(1))) struct ServerSocketTests {
  @Test(arguments: ["GET / HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}\u{0}\u{5}\u{1}", "SSH-2.0-x\r\n"])
  func `another protocol is refused at its first words, however short`(greeting: String) throws {
    let server = try RunningServer()
    defer { server.kill() }
    let client = WireClient(port: server.port)
    client.send(Array(greeting.utf8))
    #expect(client.receive()?.error?.code == .malformedFrame)
    client.endSending()
    #expect(client.isAtEnd())
  }

  @Test func `a Unix socket serves, lets owner and group in, and outlives its file`() throws {
    let path = "/tmp/digits-\(getpid())-test.sock"
    // What a killed server leaves: a socket file that nobody listens on.
    #expect(leaveStaleSocket(at: path))
    let server = try RunningServer { $0.addresses.append(.unix(path: path)) }
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o660)
    let client = WireClient(path: path)
    client.send(HealthProbe.ready.frame())
    #expect(client.receive()?.type == .healthReply)
    for loops in 1...3 {
      var second = Server.Configuration(addresses: [.unix(path: path)], workers: 1)
      second.loops = loops
      #expect(throws: Server.ListenError.self) {
        try Server(
          second, serving: ServedModels([TestModels.small]), log: Log(level: .error) { _ in })
      }
    }
    client.send(HealthProbe.live.frame())
    #expect(client.receive()?.type == .healthReply, "the second server took the first one's file")
    server.kill()
    #expect(stat(path, &status) != 0, "the file is left")
  }

  private func leaveStaleSocket(at path: String) -> Bool {
    let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    return withUnixAddress(path) { bind(descriptor, $0, $1) } == 0
  }
}
