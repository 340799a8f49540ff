import Foundation
import ProtocolFixtures
import Testing

/// A server that is short of descriptors, or is taken for another.
@Suite(.timeLimit(.minutes(1))) struct DescriptorTests {
  private static let models = Program.root.appending(path: "Models").path

  @Test func `the soft limit is raised to the hard one`() throws {
    let server = try RunningServer(models: Self.models, shell: "ulimit -Sn 80")
    let limits = try String(
      contentsOfFile: "/proc/\(server.processID)/limits", encoding: .utf8)
    let match = try #require(limits.firstMatch(of: /Max open files +(\d+) +(\d+)/))
    #expect(match.1 == match.2)
    #expect(server.stop() == 0)
  }

  @Test func `connections are kept within the descriptors that there are`() throws {
    let server = try RunningServer(models: Self.models, shell: "ulimit -n 80")
    #expect(server.log.contains("connections limited connections=16 descriptors=80"))
    let clients = (0..<16).map { _ in WireClient.greeted(port: server.port) }
    let oneMore = WireClient(port: server.port)
    #expect(oneMore.receive()?.error?.code == .tooManyConnections)
    #expect(oneMore.isAtEnd())
    for client in clients { #expect(client.isServed) }
    #expect(server.stop() == 0)
  }

  @Test func `running out of descriptors is survived, and told once`() throws {
    let server = try RunningServer(models: Self.models)
    let client = WireClient.greeted(port: server.port)
    // The limit is on their numbers: when none below the highest is free, there is no other.
    let highest = try #require(server.descriptors.max())
    let fillers = (server.descriptors.count...highest).map { _ in
      WireClient.greeted(port: server.port)
    }
    #expect(server.descriptors.count == highest + 1)
    try limitDescriptors(of: server, to: "\(highest + 1)")
    for _ in 0..<10 { #expect(WireClient(port: server.port).isAtEnd()) }
    server.waitUntilLogged("out of file descriptors")
    #expect(client.isServed)
    client.waitUntil { $0["connections_cut_no_descriptor"] == 10 }
    withExtendedLifetime(fillers) {}
    try limitDescriptors(of: server, to: "1000")
    server.waitUntilLogged("file descriptors available again")
    #expect(WireClient.greeted(port: server.port).isServed)
    #expect(server.log.matches(of: /out of file descriptors/).count == 1)
    #expect(server.stop() == 0)
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\r\nHost: digits\r\n\r\n", "an HTTP request"),
    ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}", "a TLS ClientHello"),
    ("SSH-2.0-OpenSSH_9.2\r\n", "an SSH greeting"),
  ])
  func `who speaks another protocol is named in the log`(words: String, name: String) throws {
    let server = try RunningServer(models: Self.models)
    let client = WireClient(port: server.port)
    client.send(Array(words.utf8))
    #expect(client.receive()?.error?.code == .malformedFrame)
    client.endSending()
    #expect(client.isAtEnd())
    server.waitUntilLogged("got what looks like \(name)")
    #expect(server.stop() == 0)
  }

  private func limitDescriptors(of server: RunningServer, to soft: String) throws {
    let prlimit = Process()
    prlimit.executableURL = URL(filePath: "/usr/bin/prlimit")
    prlimit.arguments = ["--pid", "\(server.processID)", "--nofile=\(soft):"]
    try prlimit.run()
    prlimit.waitUntilExit()
    #expect(prlimit.terminationStatus == 0)
  }
}

extension WireClient {
  /// Whether one more request is answered with a RESULT.
  var isServed: Bool {
    sendPredict(1, images: [[UInt8](repeating: 128, count: 784)])
    return receive()?.type == .result
  }
}
