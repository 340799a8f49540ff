/// The messages of the protocol (SPEC section 4).
public enum MessageType: UInt8, CaseIterable, Sendable {
  case hello = 0x01
  case predict = 0x02
  case cancel = 0x03
  case ping = 0x04
  case stats = 0x05
  case metadata = 0x06
  case health = 0x07
  case reload = 0x08

  case welcome = 0x81
  case result = 0x82
  case pong = 0x84
  case statsReply = 0x85
  case metadataReply = 0x86
  case healthReply = 0x87
  case reloadReply = 0x88
  case goAway = 0x90
  case modelsChanged = 0x91
  case error = 0xFF

  /// Types that a server skips in silence, kept for optional messages of later versions.
  public static let ignorable: ClosedRange<UInt8> = 0x40...0x7F

  /// As SPEC writes it: STATS_REPLY for `statsReply`.
  public var name: String {
    if self == .goAway { return "GOAWAY" }
    return "\(self)".reduce(into: "") { name, letter in
      name += letter.isUppercase ? "_\(letter)" : letter.uppercased()
    }
  }

  /// The request that `header` begins, by the checks that need no knowledge of the connection:
  /// type, flags, and whether the id may be 0. Nil for a frame to skip.
  public init?(requestOf header: FrameHeader) throws(Refusal) {
    guard !Self.ignorable.contains(header.type) else { return nil }
    guard let type = Self(rawValue: header.type), type.isRequest else {
      throw Refusal(.unknownType, "expected a request type 0x01 to 0x08, got 0x\(hex(header.type))")
    }
    let unknown = header.flags.intersection(.mustBeUnderstood).subtracting(type.knownFlags)
    guard unknown.isEmpty else {
      throw Refusal(
        .unsupportedFlag,
        "expected no flag among bits 8 to 15 that \(type.name) does not define, "
          + "got 0x\(hex(UInt8(unknown.rawValue >> 8)))00")
    }
    guard (header.requestID == 0) == type.hasNoRequestID else {
      throw Refusal(
        .badRequestID,
        type.hasNoRequestID
          ? "expected request id 0 for \(type.name), got \(header.requestID)"
          : "expected a request id other than 0, which is reserved")
    }
    self = type
  }

  private var isRequest: Bool { rawValue <= Self.reload.rawValue }

  private var knownFlags: Flags { self == .predict ? .raw : [] }

  private var hasNoRequestID: Bool { self == .hello || self == .health }
}
