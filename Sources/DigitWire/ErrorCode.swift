/// Why a request or a connection was refused (SPEC section 5).
public struct ErrorCode: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static let malformedFrame = ErrorCode(rawValue: 1)
  public static let frameTooLarge = ErrorCode(rawValue: 2)
  public static let handshakeRequired = ErrorCode(rawValue: 3)
  public static let malformedHello = ErrorCode(rawValue: 4)
  public static let unsupportedVersion = ErrorCode(rawValue: 5)
  public static let unauthenticated = ErrorCode(rawValue: 6)
  public static let timedOut = ErrorCode(rawValue: 7)
  public static let unexpectedHello = ErrorCode(rawValue: 8)
  public static let unknownType = ErrorCode(rawValue: 16)
  public static let unsupportedFlag = ErrorCode(rawValue: 17)
  public static let badRequestID = ErrorCode(rawValue: 18)
  public static let duplicateRequestID = ErrorCode(rawValue: 19)
  public static let badRequest = ErrorCode(rawValue: 20)
  public static let lengthMismatch = ErrorCode(rawValue: 21)
  public static let noImages = ErrorCode(rawValue: 22)
  public static let tooManyImages = ErrorCode(rawValue: 23)
  public static let badPixel = ErrorCode(rawValue: 24)
  public static let unknownModel = ErrorCode(rawValue: 25)
  public static let unknownVersion = ErrorCode(rawValue: 26)
  public static let deadlineExceeded = ErrorCode(rawValue: 27)
  public static let cancelled = ErrorCode(rawValue: 28)
  public static let permissionDenied = ErrorCode(rawValue: 29)
  public static let overloaded = ErrorCode(rawValue: 32)
  public static let tooManyInFlight = ErrorCode(rawValue: 33)
  public static let draining = ErrorCode(rawValue: 34)
  public static let tooManyConnections = ErrorCode(rawValue: 35)
  public static let `internal` = ErrorCode(rawValue: 48)

  /// Whose fault an error is.
  public enum Fault: UInt8, Sendable {
    case client = 1
    case server = 2
    case overload = 3
  }

  /// What SPEC's table says of a code.
  public struct Traits: Sendable {
    public let name: String
    public let fault: Fault
    public let isRetryable: Bool
    public let closes: Bool
  }

  /// Whether an ERROR of this code concerns the whole connection, and so carries request id 0.
  public var isAboutConnection: Bool { rawValue < 16 || self == .tooManyConnections }

  /// Nil for a code that this version does not know.
  public var traits: Traits? { Self.table[self] }

  public static let allKnown = table.keys.sorted { $0.rawValue < $1.rawValue }

  private static let table: [ErrorCode: Traits] = [
    .malformedFrame: closing("MALFORMED_FRAME"),
    .frameTooLarge: closing("FRAME_TOO_LARGE"),
    .handshakeRequired: closing("HANDSHAKE_REQUIRED"),
    .malformedHello: closing("MALFORMED_HELLO"),
    .unsupportedVersion: closing("UNSUPPORTED_VERSION"),
    .unauthenticated: closing("UNAUTHENTICATED"),
    .timedOut: closing("TIMED_OUT", retryable: true),
    .unexpectedHello: wrong("UNEXPECTED_HELLO"),
    .unknownType: wrong("UNKNOWN_TYPE"),
    .unsupportedFlag: wrong("UNSUPPORTED_FLAG"),
    .badRequestID: wrong("BAD_REQUEST_ID"),
    .duplicateRequestID: wrong("DUPLICATE_REQUEST_ID"),
    .badRequest: wrong("BAD_REQUEST"),
    .lengthMismatch: wrong("LENGTH_MISMATCH"),
    .noImages: wrong("NO_IMAGES"),
    .tooManyImages: wrong("TOO_MANY_IMAGES"),
    .badPixel: wrong("BAD_PIXEL"),
    .unknownModel: wrong("UNKNOWN_MODEL"),
    .unknownVersion: wrong("UNKNOWN_VERSION"),
    .deadlineExceeded: busy("DEADLINE_EXCEEDED"),
    .cancelled: wrong("CANCELLED"),
    .permissionDenied: wrong("PERMISSION_DENIED"),
    .overloaded: busy("OVERLOADED"),
    .tooManyInFlight: busy("TOO_MANY_IN_FLIGHT"),
    .draining: busy("DRAINING"),
    .tooManyConnections: busy("TOO_MANY_CONNECTIONS", closes: true),
    .internal: Traits(name: "INTERNAL", fault: .server, isRetryable: true, closes: false),
  ]

  private static func closing(_ name: String, retryable: Bool = false) -> Traits {
    Traits(name: name, fault: .client, isRetryable: retryable, closes: true)
  }

  private static func wrong(_ name: String) -> Traits {
    Traits(name: name, fault: .client, isRetryable: false, closes: false)
  }

  private static func busy(_ name: String, closes: Bool = false) -> Traits {
    Traits(name: name, fault: .overload, isRetryable: true, closes: closes)
  }
}

extension ErrorCode: CustomStringConvertible {
  public var description: String { traits?.name ?? "code \(rawValue)" }
}
