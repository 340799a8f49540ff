/// The 32 bytes that begin every frame (SPEC section 2).
///
///      0        4    5    6      8            16                       32
///      +--------+----+----+------+------------+------------------------+
///      | length |type|mark| flags| request id | parameters (16 bytes)  |
///      +--------+----+----+------+------------+------------------------+
public struct FrameHeader: Equatable, Sendable {
  public static let byteCount = 32
  /// The byte that shows that both sides still agree where frames begin.
  public static let mark: UInt8 = 0xD1
  static let markOffset = 5

  public var payloadByteCount: Int
  /// As it came: see `MessageType` for the known ones.
  public var type: UInt8
  public var flags: Flags
  public var requestID: UInt64
  public var parameters: Parameters

  public init(
    _ type: MessageType, requestID: UInt64 = 0, parameters: Parameters = Parameters(),
    payloadByteCount: Int = 0, flags: Flags = []
  ) {
    precondition(payloadByteCount >= 0 && payloadByteCount <= Int(UInt32.max))
    self.payloadByteCount = payloadByteCount
    self.type = type.rawValue
    self.flags = flags
    self.requestID = requestID
    self.parameters = parameters
  }

  /// Reads a header from exactly 32 bytes.
  /// - Throws: `FramingError.wrongMark`.
  init(_ bytes: UnsafeRawBufferPointer) throws(FramingError) {
    precondition(bytes.count == Self.byteCount)
    let word = { (offset: Int) -> UInt64 in
      UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    let first = word(0)
    let mark = UInt8(truncatingIfNeeded: first >> 40)
    guard mark == Self.mark else { throw .wrongMark(got: mark) }
    payloadByteCount = Int(UInt32(truncatingIfNeeded: first))
    type = UInt8(truncatingIfNeeded: first >> 32)
    flags = Flags(rawValue: UInt16(truncatingIfNeeded: first >> 48))
    requestID = word(8)
    parameters = Parameters(low: word(16), high: word(24))
  }

  /// Writes the 32 bytes at the start of `bytes`.
  public func encode(into bytes: UnsafeMutableRawBufferPointer) {
    precondition(bytes.count >= Self.byteCount)
    let first =
      UInt64(payloadByteCount) | UInt64(type) << 32 | UInt64(Self.mark) << 40
      | UInt64(flags.rawValue) << 48
    bytes.storeBytes(of: first.littleEndian, toByteOffset: 0, as: UInt64.self)
    bytes.storeBytes(of: requestID.littleEndian, toByteOffset: 8, as: UInt64.self)
    bytes.storeBytes(of: parameters.low.littleEndian, toByteOffset: 16, as: UInt64.self)
    bytes.storeBytes(of: parameters.high.littleEndian, toByteOffset: 24, as: UInt64.self)
  }

  /// Bytes of the whole frame.
  public var frameByteCount: Int { Self.byteCount + payloadByteCount }
}

/// The header's flags: bits 0–7 may be ignored by who does not know them, bits 8–15 may not.
public struct Flags: OptionSet, Sendable {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// PREDICT: skip the model's input conditioning.
  public static let raw = Flags(rawValue: 1 << 8)

  static let mustBeUnderstood = Flags(rawValue: 0xFF00)
}

/// The two sides no longer agree where frames begin, or one is too large to take: the connection
/// cannot go on.
public enum FramingError: Error, Equatable, Sendable {
  case wrongMark(got: UInt8)
  case tooLarge(payloadByteCount: Int, limit: Int)

  public var refusal: Refusal {
    switch self {
    case .wrongMark(let got):
      Refusal(
        .malformedFrame,
        "expected mark 0x\(hex(FrameHeader.mark)) at byte 5 of a frame, got 0x\(hex(got)): "
          + "this is a Digits port, or the two sides have lost each other")
    case .tooLarge(let byteCount, let limit):
      Refusal(.frameTooLarge, "expected a payload of at most \(limit) bytes, got \(byteCount)")
    }
  }
}

func hex(_ byte: UInt8) -> String {
  let digits = String(byte, radix: 16, uppercase: true)
  return digits.count == 1 ? "0" + digits : digits
}
