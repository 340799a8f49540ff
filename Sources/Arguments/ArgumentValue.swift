/// A value that a person can write on a command line.
package protocol ArgumentValue {
  /// What it is, with its article: "an integer".
  static var kind: String { get }
  /// What to write, to follow the word "expected": "an integer from 0 to 255".
  static var expectation: String { get }
  /// What it is where a range follows: "a duration with its unit (s or m)".
  static var kindInRange: String { get }
  /// All that can be written, where it is a choice of few; else empty.
  static var choices: [String] { get }

  /// The value that `argument` spells, or nil where it spells none.
  init?(argument: String)

  /// The value as one would write it; help shows a default this way.
  var argument: String { get }
}

extension ArgumentValue {
  package static var expectation: String { kind }
  package static var kindInRange: String { kind }
  package static var choices: [String] { [] }
}

extension String: ArgumentValue {
  package static var kind: String { "text" }
  package init?(argument: String) { self = argument }
  package var argument: String { self }
}

extension Bool: ArgumentValue {
  package static var kind: String { "true or false" }

  package init?(argument: String) {
    switch argument.lowercased() {
    case "true", "yes", "on", "1": self = true
    case "false", "no", "off", "0": self = false
    default: return nil
    }
  }

  package var argument: String { String(self) }
}

extension ArgumentValue where Self: FixedWidthInteger {
  package static var kind: String { "an integer" }
  package static var expectation: String {
    Self.isSigned ? kind : "\(kind) from 0 to \(Self.max)"
  }
  package init?(argument: String) { self.init(argument, radix: 10) }
  package var argument: String { String(self) }
}

extension Int: ArgumentValue {}
extension UInt8: ArgumentValue {}
extension UInt16: ArgumentValue {}
extension UInt32: ArgumentValue {}
extension UInt64: ArgumentValue {}

extension ArgumentValue where Self: BinaryFloatingPoint & LosslessStringConvertible {
  package static var kind: String { "a number" }

  package init?(argument: String) {
    guard let value = Self(argument), value.isFinite else { return nil }
    self = value
  }

  package var argument: String {
    description.hasSuffix(".0") ? String(description.dropLast(2)) : description
  }
}

extension Float: ArgumentValue {}
extension Double: ArgumentValue {}

/// Choices: an enum of strings reads and lists its cases.
extension ArgumentValue where Self: RawRepresentable & CaseIterable, RawValue == String {
  package static var kind: String {
    let names = allCases.map(\.rawValue)
    guard let last = names.last, names.count > 1 else { return names.joined() }
    return names.dropLast().joined(separator: ", ") + " or " + last
  }
  package static var choices: [String] { allCases.map(\.rawValue) }
  package init?(argument: String) { self.init(rawValue: argument) }
  package var argument: String { rawValue }
}
