/// How much one read of a stream may bring: little at first, and from a peer that sends what is
/// not taken at once, for what is given back is kept meanwhile; more where all is taken.
struct ReadLength {
  private static let least = 4 * 1024

  private(set) var byteCount = Self.least

  /// A read brought so much, and all of it was taken.
  mutating func tookAll(_ count: Int) {
    if count == byteCount { byteCount = min(2 * count, Loop.readBufferByteCount) }
  }

  mutating func gaveBack() { byteCount = Self.least }
}
