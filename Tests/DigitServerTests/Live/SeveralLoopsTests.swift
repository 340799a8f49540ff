import DigitServer
import DigitWire
import EventLoop
import ProtocolFixtures
import Testing

/// A server with two event loops and a worker pool that they share.
@Suite(.timeLimit(.minutes(2))) struct SeveralLoopsTests {
  private func server(
    inline: Duration = .zero,
    _ configure: @escaping @Sendable (inout Server.Configuration) -> Void = { _ in }
  ) throws -> RunningServer {
    try RunningServer(workers: 2) {
      $0.loops = 2
      $0.limits.inlineBudget = inline
      configure(&$0)
    }
  }

  @Test(arguments: [Duration.zero, .seconds(1)])
  func `every answer is right, whichever loop gives it`(inline: Duration) throws {
    let server = try server(inline: inline)
    defer { server.kill() }
    let images = (0..<16).map(testImage)
    let alone = WireClient.greeted(port: server.port)
    let expected = images.map { image -> [UInt8] in
      alone.sendPredict(1, images: [image])
      return alone.receive()!.payload
    }
    let clients = try (0..<8).map { _ in
      try WorkerThread {
        let client = WireClient.greeted(port: server.port)
        for round in UInt64(0)..<100 {
          for id in 0..<8 {
            let image = (Int(round) + id) % images.count
            client.sendPredict(round * 8 + UInt64(id) + 1, images: [images[image]])
          }
          for _ in 0..<8 {
            guard let frame = client.receive(), frame.type == .result else {
              Issue.record("not answered with a RESULT")
              return
            }
            let id = Int(frame.header.requestID - 1)
            #expect(frame.payload == expected[(id / 8 + id % 8) % images.count])
          }
        }
      }
    }
    for client in clients { client.join() }
    alone.waitUntil { $0["requests_in_flight"] == 0 }
    let stats = alone.stats()
    #expect(stats["requests_answered"] == 6_416)
    #expect(stats["images_inferred"] == 6_416)
  }

  @Test func `connections are spread evenly`() throws {
    let server = try server()
    defer { server.kill() }
    var clients = (0..<16).map { _ in WireClient.greeted(port: server.port) }
    #expect(server.connectionCounts.openByLoop == [8, 8])
    #expect(clients[0].stats()["connections_open"] == 16)
    // Those that go make room on their loop for the next to come.
    for index in [14, 10, 6, 2] { clients.remove(at: index) }
    clients[0].waitUntil { $0["connections_open"] == 12 }
    clients += (0..<4).map { _ in WireClient.greeted(port: server.port) }
    #expect(server.connectionCounts.openByLoop == [8, 8])
  }

  @Test func `a drain waits for the requests of both loops`() throws {
    let server = try server()
    let clients = (0..<4).map { _ in WireClient.greeted(port: server.port) }
    for client in clients {
      for id in UInt64(1)...100 { client.sendPredict(id, images: [testImage(Int(id))]) }
      client.send(bytes(of: FrameHeader(.ping, requestID: 1_000)))
    }
    var answered = clients.map { _ in Set<UInt64>() }
    for (index, client) in clients.enumerated() {
      while !answered[index].contains(1_000) {
        answered[index].insert(try #require(client.receive()).header.requestID)
      }
    }
    server.beginStop()
    for (index, client) in clients.enumerated() {
      var wentAway = false
      while answered[index].count < 101 || !wentAway {
        let frame = try #require(client.receive())
        if frame.type == .goAway {
          wentAway = true
        } else {
          #expect(answered[index].insert(frame.header.requestID).inserted, "answered twice")
        }
      }
      client.endSending()
      #expect(client.isAtEnd())
    }
    #expect(server.join() == .drained)
  }

  @Test func `clients that vanish leave nothing behind on either loop`() throws {
    let server = try server { $0.limits.imagesMax = 1_024 }
    defer { server.kill() }
    for round in 0..<40 {
      let client = WireClient.greeted(port: server.port)
      client.sendPredict(1, images: (0..<100).map(testImage))
      client.send(bytes(of: Predict(imageCount: 256).header(requestID: 2)) + testImage(0))
      if round % 2 == 0 { client.reset() }
    }
    let client = WireClient.greeted(port: server.port)
    client.waitUntil { $0["connections_open"] == 1 && $0["requests_in_flight"] == 0 }
    #expect(server.connectionCounts.openByLoop.reduce(0, +) == 1)
  }

  @Test func `time-outs are told on both loops`() throws {
    let server = try server { $0.limits.handshakeTimeout = .milliseconds(100) }
    defer { server.kill() }
    let silent = (0..<4).map { _ in WireClient(port: server.port) }
    for client in silent {
      #expect(client.receive()?.error?.code == .timedOut)
      #expect(client.isAtEnd())
    }
    let witness = WireClient.greeted(port: server.port)
    #expect(witness.stats()["connections_timed_out"] == 4)
  }

  @Test func `a second stop cuts the connections of both loops`() throws {
    let server = try server()
    let clients = (0..<4).map { _ in WireClient.greeted(port: server.port) }
    server.beginStop()
    for client in clients { #expect(client.receive()?.type == .goAway) }
    server.beginStop()
    #expect(server.join() == .cut(connections: 4))
    for client in clients { #expect(client.isAtEnd()) }
  }
}
