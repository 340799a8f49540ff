import EventLoop
import Testing

struct OutputBufferTests {
  @Test(arguments: 0..<20 as Range<UInt64>)
  func `it holds what a plain array would`(_ seed: UInt64) {
    var random = SeededRandom(state: seed)
    let buffer = OutputBuffer()
    var model: [UInt8] = []
    for step in 0..<500 {
      if Bool.random(using: &random) {
        let count = Int.random(in: 0...(step % 10 == 0 ? 100_000 : 100), using: &random)
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &+ step) }
        bytes.withUnsafeBytes { buffer.append($0) }
        model += bytes
      } else {
        let count = Int.random(in: 0...model.count, using: &random)
        buffer.removeFirst(count)
        model.removeFirst(count)
      }
      #expect(buffer.count == model.count)
      #expect(buffer.isEmpty == model.isEmpty)
      #expect(buffer.unsent.elementsEqual(model))
    }
  }

  @Test func `it grows by doubling, so that appending costs a constant`() {
    let buffer = OutputBuffer()
    var growthCount = 0
    var capacity = buffer.capacity
    for _ in 0..<1_000_000 {
      buffer.append(4) { $0.storeBytes(of: 7, as: UInt32.self) }
      if buffer.capacity != capacity { growthCount += 1 }
      capacity = buffer.capacity
    }
    #expect(growthCount < 30)
  }

  @Test func `a large burst is not kept for ever`() {
    let buffer = OutputBuffer()
    buffer.append(10_000_000) { _ in }
    #expect(buffer.capacity >= 10_000_000)
    buffer.removeFirst(10_000_000)
    #expect(buffer.capacity <= OutputBuffer.keptByteCount)
  }
}

/// SplitMix64 (Steele, Lea and Flood).
private struct SeededRandom: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
