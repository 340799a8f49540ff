import DigitServer
import DigitWire
import EventLoop
import ProtocolFixtures
import Testing

/// A worker that does not come to the end of a batch.
@Suite(.timeLimit(.minutes(1))) struct HangingWorkerTests {
  /// Holds the first batch until it is told to go on.
  private final class Hold: Sendable {
    private let isHeld = Guarded(true)
    private let end: Semaphore
    let vitals = Guarded<Server.Vitals?>(nil)

    init() throws { end = try Semaphore() }

    func wait() {
      let isFirst = isHeld.withLock { isHeld in
        defer { isHeld = false }
        return isHeld
      }
      if isFirst { end.wait() }
    }

    func goOn() { end.signal() }
  }

  @Test func `its batch is answered, the server is not ready, and the watchdog is not fed`() throws
  {
    let hold = try Hold()
    let server = try RunningServer(workers: 1) { configuration in
      configuration.limits.workerTimeout = .milliseconds(500)
      configuration.limits.inlineBudget = .zero
      configuration.limits.queue.ageMax = .zero
      configuration.beforeBatch = hold.wait
      configuration.looked = { vitals in hold.vitals.withLock { $0 = vitals } }
    }
    defer { server.kill() }
    let client = WireClient.greeted(port: server.port)
    client.sendPredict(1, images: [testImage(0)])
    let refusal = try #require(client.receive())
    #expect(refusal.header.requestID == 1)
    #expect(refusal.error?.code == .internal)
    #expect(refusal.error?.processed == .unknown)
    // Its answer may be there before the rest is told.
    while isReady(client) {}
    while hold.vitals.withLock({ $0?.hasStalledWorker }) != true {
      _ = client.stats()
    }

    // Its late result is nobody's, and what waits behind it is answered.
    client.sendPredict(2, images: [testImage(1)])
    hold.goOn()
    let result = try #require(client.receive())
    #expect(result.type == .result)
    #expect(result.header.requestID == 2)
    while !isReady(client) {}
    client.waitUntil { $0["requests_in_flight"] == 0 }
  }

  @Test func `what waits behind workers that all hang is answered when it is late`() throws {
    let hold = try Hold()
    let server = try RunningServer(workers: 1) { configuration in
      configuration.limits.workerTimeout = .milliseconds(500)
      configuration.limits.inlineBudget = .zero
      configuration.limits.queue.ageMax = .milliseconds(100)
      configuration.limits.queue.interval = .milliseconds(10)
      configuration.beforeBatch = hold.wait
    }
    defer { server.kill() }
    let client = WireClient.greeted(port: server.port)
    client.sendPredict(1, images: [testImage(0)])
    #expect(try #require(client.receive()).error?.code == .internal)
    client.sendPredict(2, images: [testImage(1)])
    let aged = try #require(client.receive())
    #expect(aged.header.requestID == 2)
    #expect(aged.error?.code == .overloaded)
    client.sendPredict(3, images: [testImage(2)], deadlineMicroseconds: 1_000_000)
    let late = try #require(client.receive())
    #expect(late.header.requestID == 3)
    #expect(late.error?.code == .deadlineExceeded)
    hold.goOn()
    while !isReady(client) {}
  }

  @Test func `a server stops though a worker hangs`() throws {
    let hold = try Hold()
    let server = try RunningServer(workers: 1) { configuration in
      configuration.limits.workerTimeout = .milliseconds(500)
      configuration.limits.inlineBudget = .zero
      configuration.beforeBatch = hold.wait
    }
    do {
      let client = WireClient.greeted(port: server.port)
      client.sendPredict(1, images: [testImage(0)])
      #expect(try #require(client.receive()).error?.code == .internal)
    }
    server.beginStop()
    #expect(server.join() == .workerHangs(connections: 0))
    hold.goOn()
  }

  private func isReady(_ client: WireClient) -> Bool {
    client.send(HealthProbe.ready.frame())
    return (try? client.receive().map { try HealthReply($0.header) })?.isYes == true
  }
}
