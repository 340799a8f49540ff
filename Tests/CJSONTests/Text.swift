import CJSON

/// A document that lives as long as this.
final class Text {
  private let document: OpaquePointer?
  let problem: digits_json_problem

  init(_ bytes: [UInt8], depthMax: Int = 32) {
    // Exactly as long as the text, so that the address sanitizer sees what is read beyond it.
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    var problem = digits_json_problem.none
    document = digits_json_parse(memory.baseAddress, memory.count, depthMax, &problem)
    self.problem = problem
  }

  convenience init(_ text: String, depthMax: Int = 32) {
    self.init(Array(text.utf8), depthMax: depthMax)
  }

  deinit { digits_json_free(document) }

  var isRead: Bool { document != nil }

  /// Lends the outermost value while the document is there.
  /// - Precondition: it was read.
  func read<Result>(_ body: (digits_json_value) -> Result) -> Result {
    withExtendedLifetime(self) { body(digits_json_root(document!)) }
  }

  /// How many members have the key, and the first as a number.
  func member(_ key: String) -> (count: Int, number: Double?) {
    var value = digits_json_value()
    var key = key
    return read { root in
      let count = key.withUTF8 { key in
        key.withMemoryRebound(to: CChar.self) { key in
          digits_json_find(root, .init(bytes: key.baseAddress, byte_count: key.count), &value)
        }
      }
      return (count, count == 0 ? nil : digits_json_number(value))
    }
  }

  var sizes: [Int] {
    let shape = read(digits_json_shape_of)
    return withUnsafeBytes(of: shape.sizes) { memory in
      Array(memory.bindMemory(to: Int.self).prefix(shape.rank))
    }
  }

  func bytes() -> (fault: digits_json_fault, values: [UInt8]) {
    var values = [UInt8](repeating: 0, count: sizes.reduce(1, *))
    let fault = read { digits_json_read_bytes($0, digits_json_shape_of($0), &values) }
    return (fault, values)
  }

  func floats() -> (fault: digits_json_fault, values: [Float]) {
    var values = [Float](repeating: 0, count: sizes.reduce(1, *))
    let fault = read { digits_json_read_floats($0, digits_json_shape_of($0), &values) }
    return (fault, values)
  }
}

func string(_ text: digits_json_text) -> String {
  let bytes = UnsafeRawBufferPointer(start: text.bytes, count: text.byte_count)
  return String(decoding: bytes, as: UTF8.self)
}

func written(_ floats: [Float]) -> String {
  var text = [CChar](
    repeating: 0, count: floats.count * Int(DIGITS_JSON_FLOAT_BYTE_COUNT_MAX))
  let count = digits_json_write_floats(floats, floats.count, &text)
  return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
