import CJSON

/// Says in a sentence what is wrong with a text that is no JSON, and where: simdjson tells the kind
/// of problem and, except for strings and for what ends too early, its place.
struct JSONFailure {
  private let bytes: [UInt8]
  private let isInList: Bool

  init(_ bytes: [UInt8], isInList: Bool) { (self.bytes, self.isInList) = (bytes, isInList) }

  /// - Returns: an offset into the bytes, at most their number.
  func explain(_ problem: digits_json_problem, at offset: Int) -> (offset: Int, message: String) {
    switch problem {
    case .none, .empty, .structure, .depth: structure(at: offset)
    case .string where offset < bytes.count:
      (offset, "expected an escape of JSON's, such as \\n or \\u00e9, got \(got(at: offset))")
    case .string: openString()
    case .number:
      (offset, "expected a number of JSON's within 64 bits, got \(got(at: offset))")
    case .literal: (offset, "expected true or false, got \(got(at: offset))")
    case .encoding: (invalidByteOffset, "expected UTF-8, got another byte")
    case .memory: (bytes.count, "there is no memory for this file")
    }
  }

  private func structure(at offset: Int) -> (Int, String) {
    var offset = offset
    // What is not closed at the end: the last thing there is should have closed it.
    if offset >= bytes.count, let last = bytes.lastIndex(where: { !Self.isBlank($0) }) {
      let isCut = bytes.first { !Self.isBlank($0) } == UInt8(ascii: "{")
      offset =
        !isCut || [UInt8(ascii: "}"), UInt8(ascii: "]")].contains(bytes[last])
        ? last : bytes.count
    }
    let before = bytes[..<offset].last { !Self.isBlank($0) }
    let hint = isComment(at: offset) ? "; JSON has no comments" : ""
    return (offset, "expected \(expected(after: before)), got \(got(at: offset))\(hint)")
  }

  private func expected(after byte: UInt8?) -> String {
    switch byte {
    case nil: "an object of settings: {"
    case UInt8(ascii: "{"): "the name of a setting in quotes, or }"
    case UInt8(ascii: "["): "a value, or ]"
    case UInt8(ascii: ","): isInList ? "another value" : "the name of another setting in quotes"
    case UInt8(ascii: ":"): "text in quotes, a number, true, false or a list of these"
    default: isInList ? "a comma or ]" : "a comma, a colon or }, and nothing behind the last }"
    }
  }

  /// Where a string begins that is not closed, or the control character in it.
  private func openString() -> (Int, String) {
    var opened: Int?
    var isEscaped = false
    for (offset, byte) in bytes.enumerated() {
      switch (byte, opened) {
      case (UInt8(ascii: "\""), nil): opened = offset
      case (UInt8(ascii: "\""), .some) where !isEscaped: opened = nil
      case (0..<0x20, .some):
        return (
          offset,
          "expected the text to end with a quote, got "
            + (byte == UInt8(ascii: "\n") ? "the end of the line" : "a control character")
        )
      default: break
      }
      isEscaped = opened != nil && byte == UInt8(ascii: "\\") && !isEscaped
    }
    return (opened ?? bytes.count, "expected the text to end with a quote, got the end of the file")
  }

  private var invalidByteOffset: Int {
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var offset = 0
    while case .scalarValue(let scalar) = decoder.decode(&iterator) {
      offset += UTF8.width(scalar)
    }
    return min(offset, bytes.count)
  }

  private func isComment(at offset: Int) -> Bool {
    offset < bytes.count && [UInt8(ascii: "/"), UInt8(ascii: "#")].contains(bytes[offset])
  }

  /// The character there, or the word that it begins.
  private func got(at offset: Int) -> String {
    guard offset < bytes.count else { return "the end of the file" }
    let isWord = { (byte: UInt8) in
      byte >= 0x80 || byte.isAlphanumeric || "+-._".utf8.contains(byte)
    }
    let word = bytes[offset...].prefix { isWord($0) }.prefix(40)
    let shown = word.isEmpty ? bytes[offset...offset] : word
    return "'\(String(decoding: shown, as: UTF8.self))'"
  }

  private static func isBlank(_ byte: UInt8) -> Bool { " \t\n\r".utf8.contains(byte) }
}

extension UInt8 {
  fileprivate var isAlphanumeric: Bool {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"):
      true
    default: false
    }
  }
}
