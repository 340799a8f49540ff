import EventLoop
import Testing

@Suite(.timeLimit(.minutes(1))) struct PieceListTests {
  private let client = Witness()
  private let server = Witness()

  /// Over 1 MB is more than a socket takes at once: a part is copied and follows.
  @Test(arguments: [1, 1_000, 100_000, 20_000_000])
  func `pieces arrive in order, however many the system takes at once`(lentCount: Int) throws {
    let lent = pattern(lentCount)
    let list = PieceList(scratchByteCount: 64)
    try withLoop { loop in
      try connectPair(on: loop, client, server) { client, server in
        client.write([200])
        for mark in [UInt8(201), 202] {
          lent.withUnsafeBytes { bytes in
            list.append(2) { $0.copyBytes(from: [mark, mark]) }
            list.append(lent: bytes)
            client.write(list)
          }
          #expect(list.count == 0)
        }
        client.write([203])
        client.end()
        client.startReading()
        server.startReading()
      }
    }
    #expect(server.received.count == 2 * lentCount + 6)
    // Not in #expect itself, which would print all of it.
    let isWhole = server.received == [200, 201, 201] + lent + [202, 202] + lent + [203]
    #expect(isWhole)
  }

  @Test func `pieces go out at once where nothing waits before them`() throws {
    let list = PieceList(scratchByteCount: 64)
    var unsent = -1
    try withLoop { loop in
      try connectPair(on: loop, client, server) { client, server in
        list.append(3) { $0.copyBytes(from: [1, 2, 3]) }
        client.write(list)
        unsent = client.unsentByteCount
        client.end()
        client.startReading()
        server.startReading()
      }
    }
    #expect(unsent == 0)
    #expect(server.received == [1, 2, 3])
  }

  @Test func `a list has room for as many pieces as one system call takes`() {
    let list = PieceList(scratchByteCount: 1_000_000)
    var count = 0
    while list.hasRoom(forScratch: 1) {
      list.append(1) { $0[0] = 0 }
      count += 1
    }
    #expect(count == PieceList.pieceCountMax - 1)
    let small = PieceList(scratchByteCount: 10)
    #expect(small.hasRoom(forScratch: 10))
    #expect(!small.hasRoom(forScratch: 11))
  }
}
