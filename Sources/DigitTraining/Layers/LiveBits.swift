/// For each of a window's four pixels, a bit for each of some channels: whether the channel's
/// maximum came from there and its gradient is not zero.
///
/// Which entries are live cannot be foreseen: going from bit to bit costs a wrong guess a pixel,
/// asking entry by entry one for every few entries.
struct LiveBits {
  static let channelCountMax = 64

  private(set) var pixels: InlineArray<4, UInt64> = .init(repeating: 0)

  /// - Parameters:
  ///   - windows: the position of each maximum: see `WindowMaxima`.
  ///   - gradient: of the maxima.
  init(_ windows: UnsafePointer<UInt8>, _ gradient: UnsafePointer<Float>, count: Int) {
    var channel = 0
    while channel + 8 <= count {
      let codes = UnsafeRawPointer(windows + channel).loadUnaligned(as: UInt64.self)
      let values = UnsafeRawPointer(gradient + channel).loadUnaligned(as: SIMD8<Float>.self)
      add(codes, isZero: values .== 0, channel: channel)
      channel += 8
    }
    while channel < count {
      let pixel = Int(windows[channel])
      if windows[channel] != WindowMaxima.nowhere, gradient[channel] != 0 {
        pixels[pixel] |= 1 << UInt64(channel)
      }
      channel += 1
    }
  }

  /// Adds eight channels, whose positions are a byte each: 0b000…0b011, or 0b100 for nowhere.
  @inline(__always)
  private mutating func add(
    _ codes: UInt64, isZero: SIMDMask<SIMD8<Int32>>, channel: Int
  ) {
    let zeros = unsafeBitCast(
      SIMD8<Int8>(truncatingIfNeeded: unsafeBitCast(isZero, to: SIMD8<Int32>.self)),
      to: UInt64.self)
    let dead = lowestBits(codes >> 2 | zeros)
    let (right, below) = (lowestBits(codes), lowestBits(codes >> 1))
    let live = ~dead & 0xff
    pixels[0] |= (live & ~right & ~below) << UInt64(channel)
    pixels[1] |= (live & right & ~below) << UInt64(channel)
    pixels[2] |= (live & ~right & below) << UInt64(channel)
    pixels[3] |= (live & right & below) << UInt64(channel)
  }

  /// The lowest bit of each of eight bytes, next to one another: the product moves bit 8i to
  /// bit 56 + i.
  @inline(__always)
  private func lowestBits(_ bytes: UInt64) -> UInt64 {
    ((bytes & 0x0101_0101_0101_0101) &* 0x0102_0408_1020_4080) >> 56
  }
}
