import EventLoop
import Testing

@Suite(.timeLimit(.minutes(1))) struct ByteStreamTests {
  private let client = Witness()
  private let server = Witness()

  @Test(arguments: [1, 32, 65_536, 8_000_000])
  func `what is sent comes back from an echo, whole and in order`(_ count: Int) throws {
    let bytes = pattern(count)
    try withLoop { loop in
      // Echoes in the pieces in which it reads.
      var echoed = 0
      server.onRead = { [unowned server] stream in
        stream.write(Array(server.received[echoed...]))
        echoed = server.received.count
      }
      client.onRead = { [unowned client] stream in
        if client.received.count == count { stream.close() }
      }
      try connectPair(on: loop, client, server) { client, server in
        client.startReading()
        server.startReading()
        client.write(bytes)
      }
    }
    #expect(server.received == bytes)
    #expect(client.received == bytes)
    #expect(client.failures.isEmpty && server.failures.isEmpty)
    #expect(client.closeCount == 1)
    #expect(server.closeCount == 1)
  }

  @Test func `a stream is read of its share in a turn, and keeps the loop at work for the rest`()
    throws
  {
    // More than a stream's share of a turn, and less than the system takes at once.
    let bytes = pattern(400_000)
    var mostInOneTurn = 0
    try withLoop { loop in
      var clientEnd: ByteStream?
      var countAtTurnEnd = 0
      loop.turnEnd = { [unowned server] in
        mostInOneTurn = max(mostInOneTurn, server.received.count - countAtTurnEnd)
        countAtTurnEnd = server.received.count
      }
      server.onRead = { [unowned server] stream in
        guard server.received.count == bytes.count else { return }
        stream.close()
        clientEnd?.close()
      }
      try connectPair(on: loop, client, server) { client, server in
        clientEnd = client
        client.write(bytes)
        later(on: loop) { server.startReading() }
      }
    }
    #expect(server.received == bytes)
    // The read that goes beyond 128 KiB is the last one, and of 64 KiB at most.
    #expect(mostInOneTurn < 192 * 1024)
  }

  @Test func `what is given back comes again, before what follows it, in a later turn`() throws {
    let bytes = pattern(200_000)
    var (pieceCount, seenCount) = (0, 0)
    try withLoop { loop in
      var clientEnd: ByteStream?
      server.onRead = { [unowned server] stream in
        pieceCount += 1
        // The second half of every other piece.
        let backCount = pieceCount % 2 == 1 ? (server.received.count - seenCount) / 2 : 0
        let back = Array(server.received.suffix(backCount))
        server.received.removeLast(backCount)
        seenCount = server.received.count
        stream.stopReading()
        back.withUnsafeBytes { stream.unread($0) }
        stream.startReading()
        #expect(server.received.count == seenCount)
        guard server.received.count == bytes.count else { return }
        stream.close()
        clientEnd?.close()
      }
      try connectPair(on: loop, client, server) { client, server in
        clientEnd = client
        server.startReading()
        client.write(bytes)
      }
    }
    #expect(server.received == bytes)
  }

  @Test func `many small writes of one turn arrive as they were written`() throws {
    let bytes = pattern(10_000)
    try withLoop { loop in
      try connectPair(on: loop, client, server) { client, server in
        server.startReading()
        for byte in bytes { client.write([byte]) }
        client.end()
        client.startReading()
      }
    }
    #expect(server.received == bytes)
  }

  @Test func `after a half-close the other direction still works`() throws {
    let question = pattern(3_000_000)
    let answer = pattern(2_000_000)
    try withLoop { loop in
      server.onEnd = { stream in
        stream.write(answer)
        stream.end()
      }
      // The server has ended too when the client reads to the end.
      client.onEnd = { stream in stream.close() }
      var serverEnd: ByteStream?
      client.onRead = { [unowned client] _ in
        if client.received.count == answer.count { serverEnd?.close() }
      }
      try connectPair(on: loop, client, server) { client, server in
        serverEnd = server
        client.startReading()
        server.startReading()
        client.write(question)
        client.end()
      }
    }
    #expect(server.received == question)
    #expect(server.hasReachedEnd)
    #expect(client.received == answer)
    #expect(client.hasReachedEnd)
  }

  @Test func `a close while a write is pending loses the rest and ends everything`() throws {
    let bytes = pattern(64_000_000)
    try withLoop { loop in
      try connectPair(on: loop, client, server) { client, server in
        client.write(bytes)
        // In a later turn the system has taken what it takes while nobody reads.
        later(on: loop) {
          #expect(client.unsentByteCount > 0)
          #expect(client.unsentByteCount < bytes.count)
          client.close()
          client.close()
          client.write([1, 2, 3])
          server.startReading()
        }
      }
    }
    #expect(client.closeCount == 1)
    #expect(server.received == Array(bytes.prefix(server.received.count)))
    #expect(!server.received.isEmpty)
  }

  @Test func `nothing is read while reading is stopped, and nothing is lost by it`() throws {
    let bytes = pattern(1_000_000)
    try withLoop { loop in
      var isStopped = false
      server.onRead = { stream in
        #expect(!isStopped)
        stream.stopReading()
        isStopped = true
        later(on: loop) {
          isStopped = false
          stream.startReading()
        }
      }
      try connectPair(on: loop, client, server) { client, server in
        server.startReading()
        server.startReading()
        client.startReading()
        client.write(bytes)
        client.end()
      }
    }
    #expect(server.received == bytes)
    #expect(server.hasReachedEnd)
  }

  @Test func `unsent bytes are told until they are sent, and their sending is told`() throws {
    var sendCount = 0
    try withLoop { loop in
      client.onSend = { stream in
        sendCount += 1
        guard stream.unsentByteCount == 0 else { return }
        stream.end()
      }
      try connectPair(on: loop, client, server) { client, server in
        client.startReading()
        client.write(pattern(5_000_000))
        #expect(client.unsentByteCount == 5_000_000)
        server.startReading()
      }
    }
    #expect(server.received.count == 5_000_000)
    #expect(sendCount > 0)
  }

  @Test func `flushAndClose sends what the system takes at once`() throws {
    try withLoop { loop in
      try connectPair(on: loop, client, server) { client, server in
        server.startReading()
        client.write(pattern(1_000))
        client.flushAndClose()
      }
    }
    #expect(server.received == pattern(1_000))
  }

  @Test func `writing to a peer that has gone is a failure of the stream`() throws {
    try withLoop { loop in
      SignalWatcher.blockBrokenPipesOnThisThread()
      try connectPair(on: loop, client, server) { client, server in
        // Unread bytes make the close a reset.
        client.write([1])
        later(on: loop) {
          server.close()
          later(on: loop) { client.write(pattern(100)) }
        }
      }
    }
    #expect(client.failures.count == 1)
    #expect(client.closeCount == 1)
  }
}
