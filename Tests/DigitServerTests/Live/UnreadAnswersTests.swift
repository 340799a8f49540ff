import DigitServer
import DigitWire
import EventLoop
import Glibc
import ProtocolFixtures
import Testing

/// Answers that their client has not read yet: kept while they may be, bounded always.
@Suite(.timeLimit(.minutes(1))) struct UnreadAnswersTests {
  private static let requests: UInt64 = 60

  /// 600 kB of answers: more than a Unix socket holds.
  private func askForMuch(_ client: WireClient) {
    let images = (0..<256).map(testImage)
    for id in UInt64(1)...Self.requests { client.sendPredict(id, images: images) }
  }

  private func readAll(_ client: WireClient) -> Set<UInt64> {
    var answered: Set<UInt64> = []
    while let frame = client.receive() {
      if frame.type == .result { answered.insert(frame.header.requestID) }
    }
    return answered
  }

  /// Returns when the server's sweep has had two occasions to close what lingers.
  private func outlastSweeps(_ port: UInt16) {
    let began = ContinuousClock.now
    WireClient.greeted(port: port).waitUntil { stats in
      stats["requests_answered"] == Self.requests
        && ContinuousClock.now - began > .milliseconds(1_200)
    }
  }

  @Test func `who half-closes and reads late gets every answer`() throws {
    let path = "/tmp/digits-\(getpid())-late.sock"
    let server = try RunningServer {
      $0.addresses.append(.unix(path: path))
      $0.limits.lingerTimeout = .milliseconds(1)
    }
    defer { server.kill() }
    let client = WireClient.greeted(path: path)
    askForMuch(client)
    client.endSending()
    outlastSweeps(server.port)
    #expect(readAll(client) == Set(1...Self.requests))
  }

  @Test func `a drain waits for a client that reads late`() throws {
    let path = "/tmp/digits-\(getpid())-drain.sock"
    let server = try RunningServer {
      $0.addresses.append(.unix(path: path))
      $0.limits.lingerTimeout = .milliseconds(1)
    }
    let client = WireClient.greeted(path: path)
    askForMuch(client)
    outlastSweeps(server.port)
    server.beginStop()
    let begun = ContinuousClock.now
    while ContinuousClock.now - begun < .milliseconds(1_200) { usleep(50_000) }
    #expect(readAll(client) == Set(1...Self.requests))
    #expect(server.join() == .drained)
  }

  @Test func `connections that come during a drain do not hold it up`() throws {
    let server = try RunningServer()
    let first = WireClient.greeted(port: server.port)
    server.beginStop()
    #expect(first.receive()?.type == .goAway)
    let late = WireClient(port: server.port)
    late.send(HealthProbe.ready.frame())
    #expect(late.receive()?.type == .healthReply)
    first.endSending()
    #expect(server.join() == .drained)
    _ = late
  }

  @Test func `peers that ask much and read nothing are cut where the budget ends`() throws {
    let server = try RunningServer {
      $0.limits.unsentByteCountMax = 64 * 1024
      $0.limits.unsentByteCountMaxPerConnection = 32 * 1024
    }
    defer { server.kill() }
    let clients = (0..<12).map { _ in WireClient.greeted(port: server.port) }
    let stats = (UInt64(1)...1_000).flatMap { bytes(of: FrameHeader(.stats, requestID: $0)) }
    for client in clients {
      client.patience(milliseconds: 400)
      // Far more than the system keeps for a peer that does not read.
      for _ in 0..<8 { guard client.send(stats) else { break } }
    }
    let neighbour = WireClient.greeted(port: server.port)
    neighbour.waitUntil { $0["connections_cut_unread"]! > 0 }
    neighbour.sendPredict(1, images: [testImage(1)])
    #expect(neighbour.receive()?.type == .result)
    // They are all open until here.
    withExtendedLifetime(clients) {}
  }

  @Test func `a flood on one connection leaves others their turn`() throws {
    let server = try RunningServer()
    defer { server.kill() }
    let flood = WireClient.greeted(port: server.port)
    let frames = (0..<4_000).flatMap { _ in bytes(of: FrameHeader(.cancel, requestID: 1)) }
    let flooding = try WorkerThread { for _ in 0..<10 { flood.send(frames) } }
    let neighbour = WireClient.greeted(port: server.port)
    for id in UInt64(1)...20 {
      neighbour.sendPredict(id, images: [testImage(1)])
      #expect(neighbour.receive()?.type == .result)
    }
    flooding.join()
    flood.send(HealthProbe.live.frame())
    #expect(flood.receive()?.type == .healthReply)
  }
}
