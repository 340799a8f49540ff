import DigitWire
import Foundation
import ProtocolFixtures
import Testing

/// Valid streams with a few bytes flipped, cut out or put in: refused or read, but never read
/// beyond.
///
/// Set DIGITS_SEED to try another course of events; a failure names the seed of its round.
@Suite struct RandomMutationTests {
  static let rounds = 4_000
  static let firstSeed =
    ProcessInfo.processInfo.environment["DIGITS_SEED"].flatMap(UInt64.init) ?? 20_260_101

  @Test func `mutated streams are refused or read, and nothing outside them is touched`() {
    print("mutations begin with seed \(Self.firstSeed); DIGITS_SEED sets another")
    let vectors = ProtocolFiles.valid.filter { $0.bytes.count < 16_384 }
    let limits = ConnectionLimits()
    for round in 0..<Self.rounds {
      let seed = Self.firstSeed &+ UInt64(round)
      var chance = SplitMix64(state: seed)
      let vector = vectors.randomElement(using: &chance)!
      let bytes = mutated(vector.bytes, using: &chance)
      let cuts = randomCuts(of: bytes.count, using: &chance)
      let whole = readGuarded(bytes, limits: limits)
      let pieces = readGuarded(bytes, cutAt: cuts, limits: limits)
      #expect(whole == pieces, "seed \(seed), \(vector.name): other frames when cut at \(cuts)")
      for frame in whole.frames { digest(frame, seed: seed) }
    }
  }

  /// Every decoder sees the frame; what is accepted can be told and written down again.
  private func digest(_ frame: Frame, seed: UInt64) {
    let whole: [any WholeMessage.Type] = [
      Hello.self, Welcome.self, MetadataReply.self, StatsReply.self, ErrorMessage.self,
    ]
    lend(frame.payload) { bytes in
      for type in whole { _ = try? type.init(frame.header, payload: bytes) }
    }
    let request = try? AnyMessage.request(frame, imagesPerRequestMax: 256)
    for message in [request, try? AnyMessage.reply(frame)].compactMap({ $0 }) {
      _ = message.fields
      let again = decode(message.encoded(id: frame.header.requestID))
      #expect(again.isComplete && again.frames.count == 1, "seed \(seed)")
    }
  }

  private func readGuarded(
    _ bytes: [UInt8], cutAt cuts: [Int] = [], limits: ConnectionLimits
  ) -> DecodedStream {
    var reader = StreamReader(payloadByteCountMax: limits.payloadByteCountMax)
    var start = 0
    for end in cuts + [bytes.count] {
      lend(bytes[start..<end]) { reader.read($0) }
      start = end
    }
    return reader.result
  }

  private func mutated(_ bytes: [UInt8], using chance: inout SplitMix64) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &chance) where !bytes.isEmpty {
      // Headers are where decisions are made: half of the time within the first one.
      let end = Bool.random(using: &chance) ? min(32, bytes.count) : bytes.count
      let index = Int.random(in: 0..<end, using: &chance)
      let count = Int.random(in: 1...min(40, bytes.count - index), using: &chance)
      switch Int.random(in: 0..<5, using: &chance) {
      case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &chance)
      case 1: bytes[index] = UInt8.random(in: 0...255, using: &chance)
      case 2: bytes.removeSubrange(index..<index + count)
      case 3: bytes.insert(contentsOf: bytes[index..<index + count], at: index)
      default: bytes.removeLast(bytes.count - index)
      }
    }
    return bytes
  }

  private func randomCuts(of count: Int, using chance: inout SplitMix64) -> [Int] {
    (0..<Int.random(in: 0...6, using: &chance))
      .map { _ in Int.random(in: 0...count, using: &chance) }.sorted()
  }
}

/// The generator of Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
