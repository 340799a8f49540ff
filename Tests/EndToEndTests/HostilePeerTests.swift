import DigitWire
import Foundation
import ProtocolFixtures
import Testing

/// What peers do to a server that they wish ill, or that have died. A working client beside them
/// has every request answered, and when they are gone nothing of theirs is left.
@Suite(.serialized, .timeLimit(.minutes(5))) struct HostilePeerTests {
  private static let models = Program.root.appending(path: "Models").path
  private static let largeRequest = Predict(imageCount: 256).header(requestID: 1)
  private static let halfOfLarge =
    bytes(of: largeRequest) + [UInt8](repeating: 7, count: largeRequest.payloadByteCount / 2)

  @Test func `clients killed in the middle of a frame leave nothing behind`() throws {
    try twice { server in
      let victims = try (0..<20).map { _ in try Victim(server: server) }
      for victim in victims { try victim.kill() }
    }
  }

  @Test func `a thousand connections opened and closed leave nothing behind`() throws {
    try twice { server in
      for number in 0..<1_000 {
        let client = WireClient(port: server.port)
        if number % 2 == 0 { client.send(HealthProbe.live.frame()) }
        if number % 3 == 0 { client.reset() }
      }
    }
  }

  @Test func `clients that never read leave nothing behind`() throws {
    try twice { server in
      let clients = (0..<4).map { _ in WireClient.greeted(port: server.port) }
      let request = bytes(of: FrameHeader(.stats, requestID: 1))
      for client in clients {
        client.patience(milliseconds: 200)
        // Until the server reads no more, as nobody reads what it has answered.
        while client.send([[UInt8]](repeating: request, count: 1_000).flatMap { $0 }) {}
      }
    }
  }

  @Test func `a thousand halves of large requests leave nothing behind`() throws {
    let metrics = try twice { server in
      let clients = (0..<1_000).map { _ in
        let client = WireClient.greeted(port: server.port)
        client.send(Self.halfOfLarge)
        return client
      }
      // They are all open until here.
      withExtendedLifetime(clients) {}
    }
    // They asked for more room than there is: some had to give theirs up.
    #expect(metrics["requests_evicted"]! > 0)
  }

  /// Plays two rounds beside a working client, and compares what each has left.
  /// - Returns: the server's figures at the end.
  @discardableResult
  func twice(_ round: (RunningServer) throws -> Void) throws -> [String: UInt64] {
    let server = try RunningServer(models: Self.models, arguments: ["--http", "127.0.0.1:0"])
    let watcher = WireClient.greeted(port: server.port)
    let neighbour = Neighbour(port: server.port)
    neighbour.waitUntilAnswered(100)
    let descriptors = server.descriptors.count
    var heap: [UInt64] = []
    for _ in 0..<2 {
      try round(server)
      watcher.waitUntil { $0["connections_open"] == 2 }
      // One that is closing is not counted any more, yet may be open for another moment.
      #expect(becomesTrue { server.descriptors.count == descriptors })
      neighbour.pause()
      watcher.waitUntil { $0["requests_in_flight"] == 0 }
      // The server looks it up once a second at most.
      usleep(1_100_000)
      heap.append(watcher.stats()["heap_allocated_bytes"]!)
      neighbour.resume()
    }
    let growth = Int(heap[1]) - Int(heap[0])
    #expect(abs(growth) <= 64 * 1_024, "the heap held \(heap[0]) bytes, then \(heap[1])")
    let outcome = neighbour.stop()
    #expect(outcome.failed == 0, "of \(outcome.answered + outcome.failed) requests")
    let metrics = watcher.stats()
    #expect(server.stop() == 0)
    return metrics
  }

  /// A process that greets the server, sends half a frame, and waits to be killed.
  private struct Victim {
    private let process = Process()
    private let folder: TemporaryFolder

    init(server: RunningServer) throws {
      folder = try TemporaryFolder()
      let hello = bytes(of: FrameHeader(.hello, parameters: Hello().parameters))
      try Data(hello + HostilePeerTests.halfOfLarge)
        .write(to: folder.url.appending(path: "words"))
      process.executableURL = URL(filePath: "/bin/bash")
      process.arguments = [
        "-c", "exec 3<>/dev/tcp/127.0.0.1/\(server.port); cat \"$0\" >&3; echo; exec sleep 60",
        folder.path("words"),
      ]
      let said = Pipe()
      process.standardOutput = said
      try process.run()
      // An empty line: everything is sent.
      _ = try said.fileHandleForReading.read(upToCount: 1)
    }

    func kill() throws {
      Glibc.kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      #expect(process.terminationReason == .uncaughtSignal)
    }
  }
}

/// Whether it does within ten seconds.
private func becomesTrue(_ condition: () -> Bool) -> Bool {
  for _ in 0..<1_000 {
    if condition() { return true }
    usleep(10_000)
  }
  return condition()
}
