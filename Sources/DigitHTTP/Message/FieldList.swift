/// The lines of a header, all in one piece of memory.
///
///     text    /v1/predict?many=1 Host localhost Accept application/json
///             target             name value     name   value
struct FieldList: Equatable, Sendable {
  struct Field: Equatable, Sendable {
    var nameStart: Int
    var valueStart: Int
    var valueEnd: Int
  }

  private(set) var text: [UInt8] = []
  private(set) var fields: [Field] = []
  private(set) var targetEnd = 0
  private var last = Part.target

  private enum Part { case target, name, value }

  // MARK: As it is read, in pieces of any length

  mutating func appendTarget(_ bytes: UnsafeRawBufferPointer) {
    text.append(contentsOf: bytes)
    targetEnd = text.count
  }

  mutating func appendName(_ bytes: UnsafeRawBufferPointer) {
    if last != .name {
      fields.append(Field(nameStart: text.count, valueStart: text.count, valueEnd: text.count))
    }
    last = .name
    text.append(contentsOf: bytes)
    fields[fields.count - 1].valueStart = text.count
    fields[fields.count - 1].valueEnd = text.count
  }

  mutating func appendValue(_ bytes: UnsafeRawBufferPointer) {
    last = .value
    text.append(contentsOf: bytes)
    fields[fields.count - 1].valueEnd = text.count
  }

  /// Room for all of a head, where it is known how long it will be.
  mutating func reserve(_ byteCount: Int) { text.reserveCapacity(byteCount) }

  /// Keeps its memory.
  mutating func removeAll() {
    text.removeAll(keepingCapacity: true)
    fields.removeAll(keepingCapacity: true)
    targetEnd = 0
    last = .target
  }

  // MARK: As it is asked

  var target: ArraySlice<UInt8> { text[..<targetEnd] }

  func first(_ name: StaticString) -> String? {
    indexes(of: name).first.map { String(decoding: value($0), as: UTF8.self) }
  }

  /// Without blanks around it.
  func value(_ index: Int) -> ArraySlice<UInt8> {
    let field = fields[index]
    let value = text[field.valueStart..<field.valueEnd].drop(while: \.isBlank)
    let end = value.lastIndex { !$0.isBlank }.map { $0 + 1 } ?? value.startIndex
    return value[..<end]
  }

  func indexes(of name: StaticString) -> some Collection<Int> {
    fields.indices.lazy.filter { isNamed(name, fields[$0]) }
  }

  private func isNamed(_ name: StaticString, _ field: Field) -> Bool {
    guard field.valueStart - field.nameStart == name.utf8CodeUnitCount else { return false }
    return name.withUTF8Buffer { name in
      name.indices.allSatisfy { name[$0].lowercased == text[field.nameStart + $0].lowercased }
    }
  }
}

extension UInt8 {
  fileprivate var isBlank: Bool { self == .space || self == .tab }
}
