import CJSON

/// Writes one JSON text into bytes, with commas where they belong.
struct JSONWriter {
  private(set) var bytes: [UInt8] = []
  private var needsComma = false

  init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

  mutating func object(_ members: (inout JSONWriter) -> Void) {
    nested(UInt8(ascii: "{"), UInt8(ascii: "}"), members)
  }

  mutating func array(_ elements: (inout JSONWriter) -> Void) {
    nested(UInt8(ascii: "["), UInt8(ascii: "]"), elements)
  }

  private mutating func nested(
    _ open: UInt8, _ close: UInt8, _ content: (inout JSONWriter) -> Void
  ) {
    separate()
    bytes.append(open)
    needsComma = false
    content(&self)
    bytes.append(close)
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  /// Begins a member: its value is written next.
  /// - Parameter name: of ours, in need of no escapes.
  mutating func key(_ name: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    name.withUTF8Buffer { bytes.append(contentsOf: $0) }
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  mutating func value(_ text: String) {
    separate()
    appendJSONString(text, to: &bytes)
  }

  mutating func value(_ integer: some FixedWidthInteger) { plain("\(integer)") }
  mutating func value(_ truth: Bool) { plain(truth ? "true" : "false") }

  /// - Precondition: finite.
  mutating func value(_ number: Double) {
    precondition(number.isFinite)
    plain("\(number)")
  }

  private mutating func plain(_ text: String) {
    separate()
    bytes.append(contentsOf: text.utf8)
  }

  /// An array of numbers, each in the shortest form that reads back as the same float.
  mutating func value(_ floats: ArraySlice<Float>) {
    array { writer in writer.elements(floats) }
  }

  /// Numbers within an array.
  mutating func elements(_ floats: ArraySlice<Float>) {
    guard !floats.isEmpty else { return }
    separate()
    let room = floats.count * Int(DIGITS_JSON_FLOAT_BYTE_COUNT_MAX)
    bytes += [UInt8](unsafeUninitializedCapacity: room) { text, written in
      written = text.withMemoryRebound(to: CChar.self) { text in
        floats.withUnsafeBufferPointer {
          digits_json_write_floats($0.baseAddress, $0.count, text.baseAddress)
        }
      }
    }
  }

  mutating func member(_ name: StaticString, _ text: String) {
    key(name)
    value(text)
  }

  mutating func member(_ name: StaticString, _ integer: some FixedWidthInteger) {
    key(name)
    value(integer)
  }

  mutating func member(_ name: StaticString, _ truth: Bool) {
    key(name)
    value(truth)
  }

  mutating func member(_ name: StaticString, _ number: Double) {
    key(name)
    value(number)
  }

  mutating func member(_ name: StaticString, _ integers: [Int]) {
    key(name)
    array { json in
      for integer in integers { json.value(integer) }
    }
  }

  /// Bytes as a string in base 64 (RFC 4648, section 4).
  mutating func member(_ name: StaticString, base64 content: [UInt8]) {
    key(name)
    separate()
    bytes.append(UInt8(ascii: "\""))
    appendBase64(content, to: &bytes)
    bytes.append(UInt8(ascii: "\""))
  }
}

private let base64Digits = Array(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

private func appendBase64(_ content: [UInt8], to text: inout [UInt8]) {
  for start in stride(from: 0, to: content.count, by: 3) {
    let group = content[start..<min(start + 3, content.count)]
    let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
    for digit in 0..<4 {
      let isPadding = digit > group.count
      text.append(
        isPadding ? UInt8(ascii: "=") : base64Digits[bits >> (18 - 6 * digit) & 0x3f])
    }
  }
}

extension EncodedBody {
  /// An object.
  static func json(_ members: (inout JSONWriter) -> Void) -> EncodedBody {
    var json = JSONWriter()
    json.object(members)
    return EncodedBody(contentType: "application/json", bytes: json.bytes)
  }

  /// An array of objects.
  static func json<Element>(
    arrayOf elements: [Element], _ members: (inout JSONWriter, Element) -> Void
  ) -> EncodedBody {
    var json = JSONWriter()
    json.array { json in
      for element in elements { json.object { members(&$0, element) } }
    }
    return EncodedBody(contentType: "application/json", bytes: json.bytes)
  }
}
