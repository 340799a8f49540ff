/// The 16 bytes of a frame header whose layout the message type decides, as little-endian fields.
///
/// Held as two words so that reading a field is a shift, and no field can lie outside.
public struct Parameters: Equatable, Sendable {
  public static let byteCount = 16

  var low: UInt64
  var high: UInt64

  /// All reserved.
  public init() {
    low = 0
    high = 0
  }

  init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }

  public func u8(at offset: Int) -> UInt8 { UInt8(truncatingIfNeeded: field(at: offset)) }
  public func u16(at offset: Int) -> UInt16 { UInt16(truncatingIfNeeded: field(at: offset)) }
  public func u32(at offset: Int) -> UInt32 { UInt32(truncatingIfNeeded: field(at: offset)) }
  public func u64(at offset: Int) -> UInt64 { field(at: offset) }

  /// Fields are naturally aligned, so none crosses from one word into the other.
  private func field(at offset: Int) -> UInt64 {
    precondition(offset >= 0 && offset < Self.byteCount)
    return (offset < 8 ? low : high) >> UInt64((offset & 7) * 8)
  }

  /// Sets the field at `offset`; the field was zero before.
  mutating func set(_ value: some FixedWidthInteger & UnsignedInteger, at offset: Int) {
    precondition(offset >= 0 && offset < Self.byteCount)
    let shifted = UInt64(value) << UInt64((offset & 7) * 8)
    if offset < 8 { low |= shifted } else { high |= shifted }
  }

  /// Whether every byte from `first` up to, not including, `end` is zero.
  func isZero(from first: Int, to end: Int = byteCount) -> Bool {
    (first..<end).allSatisfy { u8(at: $0) == 0 }
  }
}
