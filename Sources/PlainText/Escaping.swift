/// Text from elsewhere (model names, labels, messages of a peer, file names) made safe to show.
///
/// A terminal acts on control characters, bidirectional controls reorder what is around them, and a
/// name with a line break can imitate a line of ours. All of these are shown as Swift writes them:
/// `\n`, `\t`, `\u{1b}`. Everything else, also beyond ASCII, stays as it is.
extension String {
  /// The text on one line, without anything that a terminal would act on.
  package var escaped: String { escaped { $0.isUnsafe } }

  /// The same for text of several lines: line ends and tabs stay.
  package var escapedLines: String {
    escaped { $0.isUnsafe && $0 != "\n" && $0 != "\t" }
  }

  /// JSON whose strings hold nothing that a terminal would act on, with the same meaning: encoders
  /// leave DEL, the C1 controls and bidirectional controls as they are.
  package var escapedJSON: String {
    replacingScalars { scalar in
      guard scalar.isUnsafe, scalar.value >= 0x7f else { return nil }
      return scalar.utf16.map { unit in
        "\\u" + String(repeating: "0", count: 4 - unit.hexadecimal.count) + unit.hexadecimal
      }.joined()
    }
  }

  private func escaped(where isUnsafe: (Unicode.Scalar) -> Bool) -> String {
    replacingScalars { scalar in
      guard isUnsafe(scalar) else { return nil }
      return switch scalar {
      case "\n": "\\n"
      case "\r": "\\r"
      case "\t": "\\t"
      default: "\\u{\(String(scalar.value, radix: 16))}"
      }
    }
  }

  private func replacingScalars(by replacement: (Unicode.Scalar) -> String?) -> String {
    // Most texts hold none, and keep their storage.
    guard unicodeScalars.contains(where: { replacement($0) != nil }) else { return self }
    var text = ""
    for scalar in unicodeScalars {
      if let replaced = replacement(scalar) {
        text += replaced
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}

extension Unicode.Scalar {
  fileprivate var isUnsafe: Bool {
    if isASCII { return value < 0x20 || value == 0x7f }
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: return true
    default: return properties.isBidiControl
    }
  }
}

extension UInt16 {
  fileprivate var hexadecimal: String { String(self, radix: 16) }
}
