import CJSON

/// A value of a JSON document, and what errors call it. A client's mistakes are thrown as 400,
/// with what was expected and what came.
struct JSONValue {
  private let value: digits_json_value
  private let document: JSONDocument
  /// Where it is: "inputs[0].shape".
  let name: String

  init(_ value: digits_json_value, of document: JSONDocument, named name: String) {
    self.value = value
    self.document = document
    self.name = name
  }

  /// Lends the value while its document is there.
  func read<Result>(_ body: (digits_json_value) -> Result) -> Result {
    withExtendedLifetime(document) { body(value) }
  }

  var kind: digits_json_kind { read(digits_json_kind_of) }

  /// - Parameter expected: "a string", "a number from 0 to 1".
  func problem(expected: String, got: String? = nil) -> HTTPProblem {
    let got = got ?? kind.name
    return HTTPProblem(
      .badRequest, code: "invalid_value", "expected \(expected) as \(name), got \(got)")
  }

  // MARK: Objects

  /// The member with this key; nil where there is none, or null.
  /// - Throws: where the value is no object, or has several members with this key.
  func member(_ key: String) throws(HTTPProblem) -> JSONValue? {
    guard kind == .object else { throw problem(expected: "an object") }
    var found = digits_json_value()
    var key = key
    let count = key.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { bytes in
        let text = digits_json_text(bytes: bytes.baseAddress, byte_count: bytes.count)
        return read { digits_json_find($0, text, &found) }
      }
    }
    guard count < 2 else {
      throw HTTPProblem(
        .badRequest, code: "duplicate_member", "expected \(key) once in \(name), got it twice")
    }
    let member = JSONValue(found, of: document, named: path(to: key))
    return count == 0 || member.kind == .null ? nil : member
  }

  func required(_ key: String) throws(HTTPProblem) -> JSONValue {
    if let member = try member(key) { return member }
    throw HTTPProblem(
      .badRequest, code: "missing_member", "expected \(key) in \(name), got none")
  }

  /// - Throws: where there is a member with another key, or more than there are keys.
  func checkKeys(_ known: [String]) throws(HTTPProblem) {
    var keys = [digits_json_text](repeating: digits_json_text(), count: known.count + 1)
    let count = read { digits_json_keys($0, &keys, keys.count) }
    let texts = withExtendedLifetime(document) { keys.prefix(count).map(String.init) }
    guard let unknown = texts.first(where: { !known.contains($0) }) else { return }
    throw HTTPProblem(
      .badRequest, code: "unknown_member",
      "expected \(known.joined(separator: ", ")) in \(name), got \(unknown.shortened)")
  }

  /// - Throws: where the value is no object, or has not exactly one member.
  func onlyMember() throws(HTTPProblem) -> JSONValue {
    guard kind == .object else { throw problem(expected: "an object") }
    var key = digits_json_text()
    let count = read { digits_json_keys($0, &key, 1) }
    guard count == 1 else {
      throw problem(expected: "an object with one member", got: "one with \(count)")
    }
    return try required(withExtendedLifetime(document) { String(key) })
  }

  private func path(to key: String) -> String { name == "the body" ? key : "\(name).\(key)" }

  // MARK: Arrays

  /// Zero for what is no array.
  var elementCount: Int { read { digits_json_elements($0, nil, 0) } }

  /// Nil for an empty array, and for what is none.
  func firstElement() -> JSONValue? {
    var first = digits_json_value()
    let count = read { digits_json_elements($0, &first, 1) }
    return count == 0 ? nil : JSONValue(first, of: document, named: "\(name)[0]")
  }

  /// - Throws: where the value is no array, or has more elements than so many.
  func elements(atMost limit: Int) throws(HTTPProblem) -> [JSONValue] {
    guard kind == .array else { throw problem(expected: "an array") }
    var elements = [digits_json_value](repeating: digits_json_value(), count: limit)
    let count = read { digits_json_elements($0, &elements, limit) }
    guard count <= limit else {
      throw problem(expected: "at most \(limit) elements", got: "\(count)")
    }
    return elements.prefix(count).enumerated().map { index, value in
      JSONValue(value, of: document, named: "\(name)[\(index)]")
    }
  }

  // MARK: Plain values

  func string(byteCountMax: Int = 256) throws(HTTPProblem) -> String {
    guard kind == .string else { throw problem(expected: "a string") }
    let (text, byteCount) = read { value in
      let text = digits_json_string(value)
      return (text.byte_count <= byteCountMax ? String(text) : "", text.byte_count)
    }
    guard byteCount <= byteCountMax else {
      throw problem(expected: "a string of at most \(byteCountMax) bytes", got: "\(byteCount)")
    }
    return text
  }

  func integer(in range: ClosedRange<Int>) throws(HTTPProblem) -> Int {
    var integer: Int64 = 0
    let isInteger = read { digits_json_integer($0, &integer) }
    guard isInteger, range.contains(Int(integer)) else {
      let got = kind == .number ? read(digits_json_number).shortest : nil
      throw problem(
        expected: "a whole number from \(range.lowerBound) to \(range.upperBound)", got: got)
    }
    return Int(integer)
  }

  func number(in range: ClosedRange<Double>) throws(HTTPProblem) -> Double {
    let number = read(digits_json_number)
    guard range.contains(number) else {
      throw problem(
        expected: "a number from \(range.lowerBound.shortest) to \(range.upperBound.shortest)",
        got: kind == .number ? number.shortest : nil)
    }
    return number
  }

  func bool() throws(HTTPProblem) -> Bool {
    guard kind == .bool else { throw problem(expected: "true or false") }
    return read(digits_json_bool)
  }
}

extension String {
  /// UTF-8 of a document, which has been checked.
  fileprivate init(_ text: digits_json_text) {
    let bytes = UnsafeRawBufferPointer(start: text.bytes, count: text.byte_count)
    self.init(decoding: bytes, as: UTF8.self)
  }

  /// What a client sent, as errors quote it.
  var shortened: String { count > 40 ? "'\(prefix(40))…'" : "'\(self)'" }
}

extension Double {
  /// As errors show it: without a fraction where it has none.
  var shortest: String {
    self == rounded() && magnitude < 1e15 ? "\(Int(self))" : "\(self)"
  }
}

extension digits_json_kind {
  var name: String {
    switch self {
    case .null: "null"
    case .bool: "true or false"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}
