import EventLoop
import Testing

/// Stages at both ends: what streams promise holds with them too.
@Suite(.timeLimit(.minutes(1))) struct StagedPairTests {
  private let client = Witness()
  private let server = Witness()

  enum Kind: CaseIterable {
    case records
    case runs

    func stage(key: UInt8) -> any StreamStage {
      switch self {
      case .records: RecordStage(key: key)
      case .runs: RunStage()
      }
    }
  }

  private func withStagedPair(
    _ kind: Kind, _ body: @escaping (_ client: ByteStream, _ server: ByteStream) -> Void
  ) throws {
    try withLoop { loop in
      try connectPair(on: loop, client, server) { client, server in
        client.install(kind.stage(key: 3))
        server.install(kind.stage(key: 200))
        body(client, server)
      }
    }
  }

  @Test(arguments: Kind.allCases, [1, 1_000, 300_000])
  func `what is sent comes back from an echo`(_ kind: Kind, _ count: Int) throws {
    let bytes = pattern(count)
    var echoed = 0
    var serverEnd: ByteStream?
    server.onRead = { [unowned server] stream in
      stream.write(Array(server.received[echoed...]))
      echoed = server.received.count
    }
    client.onRead = { [unowned client] stream in
      guard client.received.count == count else { return }
      stream.close()
      serverEnd?.close()
    }
    try withStagedPair(kind) { client, server in
      serverEnd = server
      client.startReading()
      server.startReading()
      client.write(bytes)
    }
    #expect(server.received == bytes)
    #expect(client.received == bytes)
    #expect(client.failures.isEmpty && server.failures.isEmpty)
  }

  @Test(arguments: Kind.allCases)
  func `after a half-close the other direction still works`(_ kind: Kind) throws {
    let (question, answer) = (pattern(200_000), pattern(150_000))
    server.onEnd = { stream in
      stream.write(answer)
      stream.end()
    }
    var serverEnd: ByteStream?
    client.onEnd = { stream in
      stream.close()
      serverEnd?.close()
    }
    try withStagedPair(kind) { client, server in
      serverEnd = server
      client.startReading()
      server.startReading()
      client.write(question)
      client.end()
    }
    #expect(server.received == question && server.hasReachedEnd)
    #expect(client.received == answer && client.hasReachedEnd)
    #expect(client.failures.isEmpty && server.failures.isEmpty)
  }

  @Test(arguments: Kind.allCases)
  func `nothing is told while reading is stopped, and nothing is lost by it`(_ kind: Kind) throws {
    let bytes = pattern(20_000)
    var isStopped = false
    var stopCount = 0
    server.onRead = { stream in
      #expect(!isStopped)
      stopCount += 1
      guard stopCount % 500 == 0 else { return }
      stream.stopReading()
      isStopped = true
      later(on: stream.loop) {
        isStopped = false
        stream.startReading()
      }
    }
    try withStagedPair(kind) { client, server in
      server.startReading()
      client.startReading()
      client.write(bytes)
      client.end()
    }
    #expect(server.received == bytes)
    #expect(server.hasReachedEnd)
  }

  @Test func `what a stage holds is told though nothing more comes from the socket`() throws {
    // 2 bytes on the wire for each 255, all read at once: several shares of a turn.
    let bytes = [UInt8](repeating: 7, count: 600_000)
    var turnEnds: Set<Int> = []
    var turn = 0
    server.onRead = { [unowned server] stream in
      turnEnds.insert(turn)
      if server.received.count == bytes.count { stream.close() }
    }
    try withStagedPair(.runs) { client, server in
      client.startReading()
      server.startReading()
      server.loop.turnEnd = { turn += 1 }
      client.write(bytes)
    }
    #expect(server.received.count == bytes.count)
    #expect(turnEnds.count >= 4, "one stream took the whole turn")
  }

  @Test(arguments: Kind.allCases)
  func `unsent bytes grow while the peer does not read, and are none once sent`(
    _ kind: Kind
  ) throws {
    // Runs of one byte double on the wire.
    let bytes = pattern(6_000_000)
    var isWritten = false
    var serverEnd: ByteStream?
    server.onEnd = { stream in stream.end() }
    client.onEnd = { stream in
      stream.close()
      serverEnd?.close()
    }
    client.onSend = { stream in if isWritten, stream.unsentByteCount == 0 { stream.end() } }
    try withStagedPair(kind) { client, server in
      serverEnd = server
      client.startReading()
      server.startReading()
      later(on: client.loop) {
        server.stopReading()
        client.write(bytes)
        isWritten = true
        later(on: client.loop) {
          #expect(client.unsentByteCount > 0)
          server.startReading()
        }
      }
    }
    #expect(server.received.count == bytes.count)
    #expect(server.hasReachedEnd && client.failures.isEmpty)
  }
}
