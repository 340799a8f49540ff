/// The classes of bytes of RFC 9110, section 5, and RFC 3986.
extension UInt8 {
  static let tab = UInt8(ascii: "\t")
  static let lineFeed = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
  static let space = UInt8(ascii: " ")
  static let colon = UInt8(ascii: ":")
  static let semicolon = UInt8(ascii: ";")
  static let percent = UInt8(ascii: "%")

  var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
  var isLetter: Bool { (self | 0x20) >= UInt8(ascii: "a") && (self | 0x20) <= UInt8(ascii: "z") }
  var isVisible: Bool { self > 0x20 && self < 0x7F }
  var isControl: Bool { self < 0x20 || self == 0x7F }

  /// Whether a value of the header may have it.
  var isFieldContent: Bool { self == .tab || !isControl }

  /// Whether a method or a name of the header may have it: `tchar`.
  var isTokenCharacter: Bool {
    switch self {
    case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"),
      UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
      UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "_"),
      UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
      true
    default: isDigit || isLetter
    }
  }

  /// 0 … 15; nil where it is no hexadecimal digit.
  var hexadecimalValue: UInt8? {
    if isDigit { return self - UInt8(ascii: "0") }
    let letter = self | 0x20
    guard letter >= UInt8(ascii: "a"), letter <= UInt8(ascii: "f") else { return nil }
    return letter - UInt8(ascii: "a") + 10
  }

  var isHexadecimalDigit: Bool { hexadecimalValue != nil }

  /// `A` … `Z` as `a` … `z`.
  var lowercased: UInt8 {
    self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self
  }

  /// As an error shows it.
  var described: String {
    switch self {
    case .carriageReturn: "CR"
    case .lineFeed: "a bare LF"
    case .space: "a blank"
    case .tab: "a tab"
    case 0: "NUL"
    default:
      isVisible
        ? "'\(Character(Unicode.Scalar(self)))'" : "byte 0x\(String(self, radix: 16))"
    }
  }
}
