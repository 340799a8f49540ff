import EventLoop

/// An invented stage with what TLS has: a handshake, records with a length before them, bytes that
/// only both ends can read, an end that is said, and last words after a failure.
///
///     handshake   | "KEY:" | key |
///     record      | count, 2 bytes, big-endian | bytes XOR the sender's key |
///     end         | 0 0 |
///     failure     | FF FF |
final class RecordStage: StreamStage {
  static let end: [UInt8] = [0, 0]
  static let lastWords: [UInt8] = [0xFF, 0xFF]
  private static let greeting = Array("KEY:".utf8)
  private static let recordByteCountMax = 1_000

  /// How often `next` puts off what there is to do.
  var postponements = 0
  private let key: UInt8
  private var peerKey: UInt8?
  private var received: [UInt8] = []
  private var lent: [UInt8] = []
  private var hasPeerEnded = false
  /// How often the stream has called `send`, and with how many bytes.
  private(set) var sendCounts: [Int] = []

  init(key: UInt8) { self.key = key }

  static func handshake(key: UInt8) -> [UInt8] { greeting + [key] }

  static func record(_ bytes: some Collection<UInt8>, key: UInt8) -> [UInt8] {
    [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes.map { $0 ^ key }
  }

  func begin(_ outgoing: OutputBuffer) { outgoing.append(Self.handshake(key: key)) }

  func receive(_ bytes: UnsafeRawBufferPointer, _ outgoing: OutputBuffer) { received += bytes }

  func keepReceived() {}
  func receiveEnd() { hasPeerEnded = true }

  func next(_ outgoing: OutputBuffer) throws(StageFailure) -> StagePiece {
    guard postponements == 0 else {
      postponements -= 1
      return .later
    }
    guard let peerKey else { return try shakeHands(outgoing) }
    guard received.count >= 2 else { return try waitForMore() }
    let count = Int(received[0]) << 8 | Int(received[1])
    guard count <= Self.recordByteCountMax else {
      outgoing.append(Self.lastWords)
      throw StageFailure("expected at most \(Self.recordByteCountMax) bytes, got \(count)")
    }
    guard count > 0 else { return .end }
    guard received.count >= 2 + count else { return try waitForMore() }
    lent = received[2..<(2 + count)].map { $0 ^ peerKey }
    received.removeFirst(2 + count)
    return lent.withUnsafeBytes { .bytes($0) }
  }

  private func shakeHands(_ outgoing: OutputBuffer) throws(StageFailure) -> StagePiece {
    let greeting = received.prefix(Self.greeting.count)
    guard Self.greeting.starts(with: greeting) else {
      throw StageFailure("expected a handshake, got \(Array(greeting))")
    }
    guard received.count > Self.greeting.count else { return try waitForMore() }
    peerKey = received[Self.greeting.count]
    received.removeFirst(Self.greeting.count + 1)
    return try next(outgoing)
  }

  private func waitForMore() throws(StageFailure) -> StagePiece {
    guard hasPeerEnded else { return .needsMore }
    throw StageFailure("the peer ended without saying so")
  }

  func send(
    _ bytes: UnsafeRawBufferPointer, _ outgoing: OutputBuffer
  ) throws(StageFailure) -> Int {
    sendCounts.append(bytes.count)
    guard peerKey != nil else { return 0 }
    for start in stride(from: 0, to: bytes.count, by: Self.recordByteCountMax) {
      let end = min(start + Self.recordByteCountMax, bytes.count)
      outgoing.append(Self.record(bytes[start..<end], key: key))
    }
    return bytes.count
  }

  func end(_ outgoing: OutputBuffer) { outgoing.append(Self.end) }
}

extension OutputBuffer {
  func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }
}
