/// Reads the JSON header of a safetensors file, strictly: an object of tensors and a metadata
/// object of strings, nothing else. A general JSON decoder would silently drop a repeated name.
struct HeaderReader {
  private let bytes: ArraySlice<UInt8>
  private var position: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  mutating func read() throws(HeaderProblem) -> SafetensorsHeader {
    var header = SafetensorsHeader()
    var names = Set<String>()
    try readObject { (reader, name) throws(HeaderProblem) in
      guard names.insert(name).inserted else { throw .repeated(name) }
      if name == "__metadata__" {
        header.metadata = try reader.readStrings()
      } else {
        header.tensors.append(try reader.readTensor(name))
      }
    }
    skipSpace()
    guard position == bytes.endIndex else { throw .syntax("the end", at: offset) }
    return header
  }

  private mutating func readTensor(
    _ name: String
  ) throws(HeaderProblem) -> SafetensorsHeader.Entry {
    var type: String?
    var shape: [Int]?
    var range: [Int]?
    try readObject { (reader, key) throws(HeaderProblem) in
      switch key {
      case "dtype" where type == nil: type = try reader.readString()
      case "shape" where shape == nil: shape = try reader.readIntegers()
      case "data_offsets" where range == nil: range = try reader.readIntegers()
      default: throw .repeated("\(name).\(key)")
      }
    }
    guard let type, let shape, let range, range.count == 2 else { throw .incomplete(name) }
    return SafetensorsHeader.Entry(
      name: name, type: type, shape: shape, start: range[0], end: range[1])
  }

  private mutating func readStrings() throws(HeaderProblem) -> [String: String] {
    var strings: [String: String] = [:]
    try readObject { (reader, key) throws(HeaderProblem) in
      let value = try reader.readString()
      guard strings.updateValue(value, forKey: key) == nil else { throw .repeated(key) }
    }
    return strings
  }

  private mutating func readObject(
    _ member: (inout HeaderReader, String) throws(HeaderProblem) -> Void
  ) throws(HeaderProblem) {
    try expect(UInt8(ascii: "{"))
    if skip(UInt8(ascii: "}")) { return }
    repeat {
      let key = try readString()
      try expect(UInt8(ascii: ":"))
      try member(&self, key)
    } while skip(UInt8(ascii: ","))
    try expect(UInt8(ascii: "}"))
  }

  private mutating func readIntegers() throws(HeaderProblem) -> [Int] {
    var integers: [Int] = []
    try expect(UInt8(ascii: "["))
    if skip(UInt8(ascii: "]")) { return [] }
    repeat {
      guard integers.count < ModelLimits.tensorRankMax else { throw .rank }
      integers.append(try readInteger())
    } while skip(UInt8(ascii: ","))
    try expect(UInt8(ascii: "]"))
    return integers
  }

  private mutating func readInteger() throws(HeaderProblem) -> Int {
    skipSpace()
    let digits = bytes[position...].prefix { (48...57).contains($0) }
    // 15 digits cannot overflow, and no file is that long.
    guard (1...15).contains(digits.count) else { throw .syntax("an integer", at: offset) }
    position += digits.count
    return digits.reduce(0) { $0 * 10 + Int($1 - 48) }
  }
}

// MARK: - Strings and punctuation

extension HeaderReader {
  private var offset: Int { position - bytes.startIndex }

  private mutating func skipSpace() {
    while position < bytes.endIndex, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) {
      position += 1
    }
  }

  private mutating func skip(_ byte: UInt8) -> Bool {
    skipSpace()
    guard position < bytes.endIndex, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ byte: UInt8) throws(HeaderProblem) {
    guard skip(byte) else {
      throw .syntax("“\(Character(UnicodeScalar(byte)))”", at: offset)
    }
  }

  private mutating func readString() throws(HeaderProblem) -> String {
    try expect(UInt8(ascii: "\""))
    var units: [UInt16] = []
    var text: [UInt8] = []
    var result = ""
    func flush() throws(HeaderProblem) {
      guard let part = String(validating: text, as: UTF8.self),
        let escaped = String(validating: units, as: UTF16.self)
      else { throw .syntax("valid Unicode", at: offset) }
      result += part + escaped
      text = []
      units = []
    }
    while position < bytes.endIndex {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        try flush()
        return result
      case UInt8(ascii: "\\"):
        if !text.isEmpty { try flush() }
        units.append(try readEscape())
      case 0..<0x20: throw .syntax("no control character", at: offset)
      default:
        if !units.isEmpty { try flush() }
        text.append(byte)
      }
    }
    throw .syntax("the end of a string", at: offset)
  }

  /// What follows a backslash, as a UTF-16 unit.
  private mutating func readEscape() throws(HeaderProblem) -> UInt16 {
    guard position < bytes.endIndex else { throw .syntax("an escape", at: offset) }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return UInt16(byte)
    case UInt8(ascii: "b"): return 8
    case UInt8(ascii: "f"): return 12
    case UInt8(ascii: "n"): return 10
    case UInt8(ascii: "r"): return 13
    case UInt8(ascii: "t"): return 9
    case UInt8(ascii: "u"):
      let digits = bytes[position...].prefix(4)
      guard digits.count == 4, !digits.contains(UInt8(ascii: "+")),
        let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
      else { throw .syntax("four hexadecimal digits", at: offset) }
      position += 4
      return unit
    default: throw .syntax("an escape", at: offset)
    }
  }
}
