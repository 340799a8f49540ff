import DigitServer

/// Bytes on their way in one direction, delivered in whatever pieces the simulation chooses.
struct Wire {
  private var bytes: [UInt8] = []
  private var start = 0
  /// The sender has said that no more will come.
  var hasEnded = false

  var count: Int { bytes.count - start }

  mutating func append(_ more: [UInt8]) { bytes += more }

  mutating func append(_ byteCount: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
    let old = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: byteCount))
    bytes.withUnsafeMutableBytes { fill(UnsafeMutableRawBufferPointer(rebasing: $0[old...])) }
  }

  /// Takes up to `most` bytes off the front.
  mutating func take(_ most: Int) -> [UInt8] {
    let end = start + min(most, count)
    let taken = Array(bytes[start..<end])
    start = end
    if start == bytes.count {
      bytes.removeAll(keepingCapacity: true)
      start = 0
    } else if start > 1 << 16 {
      bytes.removeFirst(start)
      start = 0
    }
    return taken
  }

  mutating func removeAll() { _ = take(count) }
}

/// The server's end of an invented connection: what it writes waits here for the simulation to
/// carry it on.
final class SimulatedTransport: Transport {
  /// Written, and not taken by the system.
  private(set) var unsent = Wire()
  private var givenBack: [UInt8] = []
  private(set) var isReadingWanted = false
  private(set) var isEnding = false
  private(set) var isClosing = false

  var unsentByteCount: Int { unsent.count }

  func write(_ byteCount: Int, _ body: (UnsafeMutableRawBufferPointer) -> Void) {
    guard !isClosing else { return }
    unsent.append(byteCount, body)
  }

  func startReading() { isReadingWanted = true }
  func stopReading() { isReadingWanted = false }
  func unread(_ bytes: UnsafeRawBufferPointer) {
    precondition(!isReadingWanted, "what is given back would come at once")
    givenBack += Array(bytes)
  }

  /// What was given back, which comes before anything new.
  func takeGivenBack() -> [UInt8] {
    defer { givenBack = [] }
    return givenBack
  }
  func end() { isEnding = true }

  func close() {
    isClosing = true
    unsent.removeAll()
  }

  func releaseMemory() {}

  /// What the system takes now.
  func takeUnsent(_ most: Int) -> [UInt8] { unsent.take(most) }
}
