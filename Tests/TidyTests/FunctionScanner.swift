/// Finds the functions in formatted Swift, and how long each is.
///
/// Formatted code needs no parser: a body ends at the first line that holds the closing brace
/// under the first letter of its declaration.
struct FunctionScanner {
  struct Function: Equatable {
    /// The line on which it begins, from 1.
    let line: Int
    /// From its declaration to its closing brace.
    let lineCount: Int
  }

  /// Functions, initialisers, subscripts and computed properties that have a body of several
  /// lines, in order of their beginning.
  static func functions(in lines: [Substring]) -> [Function] {
    lines.indices.compactMap { start in
      guard isDeclaration(lines[start]), let end = end(of: start, in: lines) else { return nil }
      return Function(line: start + 1, lineCount: end - start + 1)
    }
  }

  /// Whether a line begins a function, or a property with a brace at the line's end.
  private static func isDeclaration(_ line: Substring) -> Bool {
    let text = line.drop { $0 == " " }
    let word = text.prefix { $0.isLetter || $0 == "@" }
    // Most lines begin otherwise, and a pattern costs much more than a look.
    guard word.hasPrefix("@") || beginnings.contains(String(word)) else { return false }
    let modifiers = /(?:@\w+(?:\([^)]*\))? |[a-z]+(?:\([a-z]+\))? )*/
    guard let prefix = text.prefixMatch(of: modifiers) else { return false }
    // "func", "deinit" and "var" are words as the modifiers are, and the last of them.
    let last = text[prefix.range].split(separator: " ").last
    let rest = text[prefix.range.upperBound...]
    return last == "func" || last == "deinit"
      || rest.prefixMatch(of: /(?:init[?(<]|subscript[(<])/) != nil
      || last == "var" && rest.hasSuffix("{") && rest.contains(": ")
  }

  private static let beginnings: Set<String> = [
    "func", "init", "deinit", "subscript", "var", "static", "private", "fileprivate", "package",
    "public", "mutating", "consuming", "borrowing", "final", "override", "convenience",
    "nonisolated", "class", "lazy", "prefix", "infix", "postfix",
  ]

  /// The index of the line with the closing brace; nil where the body is on the same line or there
  /// is none, as in a protocol.
  private static func end(of start: Int, in lines: [Substring]) -> Int? {
    let indentation = indentation(of: lines[start])
    for index in lines.indices[start...].dropFirst() where !lines[index].isEmpty {
      guard self.indentation(of: lines[index]) <= indentation else { continue }
      guard self.indentation(of: lines[index]) == indentation else { return nil }
      let text = lines[index].drop { $0 == " " }
      if text.hasPrefix("}") { return index }
      // A declaration of several lines goes on.
      guard [")", "{", "where ", "-> "].contains(where: { text.hasPrefix($0) }) else { return nil }
    }
    return nil
  }

  private static func indentation(of line: Substring) -> Int { line.prefix { $0 == " " }.count }
}
