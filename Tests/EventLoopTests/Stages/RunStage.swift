import EventLoop

/// An invented stage whose output may be a hundred times its input: runs of one byte, without a
/// handshake or an end of its own.
///
///     | length, 1 to 255 | byte |
final class RunStage: StreamStage {
  private var received: ArraySlice<UInt8> = []
  private var lent: [UInt8] = []

  static func encode(_ bytes: some Collection<UInt8>) -> [UInt8] {
    var runs: [UInt8] = []
    for byte in bytes {
      if let length = runs.dropLast().last, runs.last == byte, length < 255 {
        runs[runs.count - 2] += 1
      } else {
        runs += [1, byte]
      }
    }
    return runs
  }

  func begin(_ outgoing: OutputBuffer) {}
  func receive(_ bytes: UnsafeRawBufferPointer, _ outgoing: OutputBuffer) { received += bytes }
  func keepReceived() {}
  func receiveEnd() {}

  func next(_ outgoing: OutputBuffer) throws(StageFailure) -> StagePiece {
    guard let length = received.first, let byte = received.dropFirst().first else {
      return .needsMore
    }
    guard length > 0 else { throw StageFailure("expected a length, got 0") }
    lent = Array(repeating: byte, count: Int(length))
    received = received.dropFirst(2)
    return lent.withUnsafeBytes { .bytes($0) }
  }

  func send(
    _ bytes: UnsafeRawBufferPointer, _ outgoing: OutputBuffer
  ) throws(StageFailure) -> Int {
    outgoing.append(Self.encode(bytes))
    return bytes.count
  }

  func end(_ outgoing: OutputBuffer) {}
}
