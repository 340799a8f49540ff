import EventLoop
import Testing

/// A stage at one end and a peer without one, whose bytes the test writes and reads.
@Suite(.timeLimit(.minutes(1))) struct StreamStageTests {
  private let raw = Witness()
  private let staged = Witness()
  private let stage = RecordStage(key: 0x5A)
  private let peerHandshake = RecordStage.handshake(key: 7)
  private let ownHandshake = RecordStage.handshake(key: 0x5A)

  /// `body` gets the raw end, which reads, and the staged one, which does not yet.
  private func withEnds(_ body: @escaping (_ raw: ByteStream, _ staged: ByteStream) -> Void) throws
  {
    try withLoop { loop in
      try connectPair(on: loop, raw, staged) { raw, staged in
        staged.install(stage)
        raw.startReading()
        body(raw, staged)
      }
    }
  }

  /// What a whole conversation of the peer's is on the wire.
  private var transcript: [UInt8] {
    peerHandshake + RecordStage.record(pattern(3), key: 7) + RecordStage.record([9], key: 7)
      + RecordStage.end
  }

  @Test(arguments: 1..<15)
  func `what is received means the same, wherever it is cut`(_ offset: Int) throws {
    let transcript = transcript
    try #require(transcript.count == 15)
    try withEnds { raw, staged in
      staged.startReading()
      raw.write(Array(transcript[..<offset]))
      later(on: raw.loop) { raw.write(Array(transcript[offset...])) }
    }
    #expect(staged.received == pattern(3) + [9])
    #expect(staged.hasReachedEnd && staged.failures.isEmpty)
  }

  @Test func `nothing is sent before the handshake, and then all of it in one call`() throws {
    try withEnds { [raw = self.raw, stage, peerHandshake, ownHandshake] peer, staged in
      staged.startReading()
      for byte in pattern(3) { staged.write([byte]) }
      later(on: staged.loop) {
        #expect(raw.received == ownHandshake)
        #expect(staged.unsentByteCount == 3)
        peer.write(peerHandshake)
        later(on: staged.loop) {
          #expect(staged.unsentByteCount == 0)
          #expect(stage.sendCounts == [3, 3])
          staged.close()
        }
      }
    }
    #expect(
      raw.received
        == ownHandshake + RecordStage.record(pattern(3), key: 0x5A) + RecordStage.end)
  }

  @Test func `what a stage puts off is made up for in later turns`() throws {
    stage.postponements = 3
    var turns = 0
    try withEnds { [staged = self.staged, peerHandshake] peer, stream in
      stream.startReading()
      stream.loop.turnEnd = { turns += 1 }
      staged.onRead = { _ in stream.close() }
      peer.write(peerHandshake + RecordStage.record([4], key: 7))
      peer.end()
    }
    #expect(staged.received == [4] && staged.failures.isEmpty)
    #expect(stage.postponements == 0 && turns >= 4)
  }

  @Test func `an end waits for the handshake, and is said before the socket's`() throws {
    try withEnds { [peerHandshake] peer, staged in
      staged.startReading()
      staged.write([1])
      staged.end()
      later(on: staged.loop) { peer.write(peerHandshake) }
    }
    #expect(
      raw.received
        == ownHandshake + RecordStage.record([1], key: 0x5A) + RecordStage.end)
    #expect(raw.hasReachedEnd)
  }

  @Test func `flushAndClose says the end too`() throws {
    try withEnds { [peerHandshake] peer, staged in
      staged.startReading()
      peer.write(peerHandshake)
      later(on: staged.loop) {
        staged.write([1])
        staged.flushAndClose()
      }
    }
    #expect(
      raw.received
        == ownHandshake + RecordStage.record([1], key: 0x5A) + RecordStage.end)
  }

  @Test func `a failure comes after what was right, and the peer gets the stage's last words`()
    throws
  {
    try withEnds { [peerHandshake] peer, staged in
      staged.startReading()
      staged.write([1])
      peer.write(peerHandshake + RecordStage.record([4, 5], key: 7) + [0x7F, 0xFF, 1, 2])
    }
    #expect(staged.received == [4, 5])
    #expect(staged.failures.map(\.description) == ["expected at most 1000 bytes, got 32767"])
    #expect(!staged.hasReachedEnd)
    #expect(staged.closeCount == 1)
    #expect(raw.received.suffix(2) == RecordStage.lastWords)
  }

  @Test func `a connection that is cut is not taken for an end`() throws {
    try withEnds { [peerHandshake] peer, staged in
      staged.startReading()
      peer.write(peerHandshake + RecordStage.record([4], key: 7))
      peer.end()
    }
    #expect(staged.received == [4])
    #expect(staged.failures.map(\.description) == ["the peer ended without saying so"])
    #expect(!staged.hasReachedEnd)
  }

  @Test func `after a failure nothing more is told or sent`() throws {
    try withEnds { [staged = self.staged] peer, stream in
      stream.startReading()
      peer.write(Array("GET / ".utf8))
      later(on: stream.loop) {
        #expect(staged.failures.count == 1)
        #expect(staged.closeCount == 1)
        stream.write([1])
        stream.flushAndClose()
      }
    }
    #expect(staged.received.isEmpty)
    #expect(raw.received == ownHandshake)
  }
}
