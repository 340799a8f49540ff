import DigitWire
import ProtocolFixtures
import Testing

/// Peers that send a part of a request and no more, against a server with little room.
@Suite(.timeLimit(.minutes(1))) struct StalledServerTests {
  private let images = (0..<20).map(testImage)

  @Test func `a stalled request gives its room to others, not its connection`() throws {
    let server = try RunningServer { $0.limits.imagesMax = 30 }
    defer { server.kill() }
    let stalled = WireClient.greeted(port: server.port)
    stalled.send(bytes(of: Predict(imageCount: 20).header(requestID: 1)) + images[0])
    let other = WireClient.greeted(port: server.port)
    other.waitUntil { $0["requests_in_flight"] == 1 }
    other.sendPredict(1, images: images)
    #expect(other.receive()?.type == .result)

    let refusal = try #require(stalled.receive())
    #expect(refusal.header.requestID == 1)
    #expect(refusal.error?.code == .overloaded)
    #expect(refusal.error?.isRetryable == true)
    // The rest of the frame is read over, and the same request then succeeds.
    stalled.send(images[1...].flatMap { $0 })
    stalled.sendPredict(1, images: images)
    #expect(stalled.receive()?.type == .result)
    #expect(other.stats()["requests_evicted"] == 1)
  }

  @Test func `the one that has been stalled longest goes, and no more than must`() throws {
    let server = try RunningServer { $0.limits.imagesMax = 40 }
    defer { server.kill() }
    let clients = (0..<2).map { _ in WireClient.greeted(port: server.port) }
    let watcher = WireClient.greeted(port: server.port)
    for (index, client) in clients.enumerated() {
      client.send(bytes(of: Predict(imageCount: 20).header(requestID: 1)) + images[0])
      watcher.waitUntil { $0["requests_in_flight"] == UInt64(index + 1) }
    }
    // Progress makes the first the last in line.
    let received = watcher.stats()["received_bytes"]!
    clients[0].send(images[1])
    var questions: UInt64 = 0
    watcher.waitUntil {
      questions += 1
      return $0["received_bytes"]! == received + 784 + 32 * questions
    }
    watcher.sendPredict(1, images: images)
    #expect(watcher.receive()?.type == .result)

    #expect(clients[1].receive()?.error?.code == .overloaded)
    clients[0].send(images[2...].flatMap { $0 })
    #expect(clients[0].receive()?.type == .result)
  }

  @Test func `a request too large for any room disturbs nobody`() throws {
    let server = try RunningServer { $0.limits.imagesMax = 10 }
    defer { server.kill() }
    let stalled = WireClient.greeted(port: server.port)
    stalled.send(bytes(of: Predict(imageCount: 5).header(requestID: 1)) + images[0])
    let other = WireClient.greeted(port: server.port)
    other.waitUntil { $0["requests_in_flight"] == 1 }
    other.sendPredict(1, images: images)
    #expect(other.receive()?.error?.code == .overloaded)
    stalled.send(images[1..<5].flatMap { $0 })
    #expect(stalled.receive()?.type == .result)
  }
}
