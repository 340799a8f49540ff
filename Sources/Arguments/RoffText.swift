/// The lines of a manual page.
struct RoffText {
  /// A part of running text.
  enum Block {
    case paragraph(String)
    /// Lines that stand as they are.
    case verbatim([String])

    /// The paragraphs of a text, whose indented lines are verbatim.
    static func all(in text: String) -> [Block] {
      var blocks: [Block] = []
      var isOpen = false
      for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
        if line.hasPrefix(" ") {
          if case .verbatim(let lines) = blocks.last {
            blocks[blocks.count - 1] = .verbatim(lines + [String(line)])
          } else {
            blocks.append(.verbatim([String(line)]))
          }
        } else if isOpen, !line.isEmpty, case .paragraph(let begun) = blocks.last {
          blocks[blocks.count - 1] = .paragraph("\(begun) \(line)")
        } else if !line.isEmpty {
          blocks.append(.paragraph(String(line)))
        }
        isOpen = !line.isEmpty && !line.hasPrefix(" ")
      }
      return blocks
    }
  }

  private(set) var text = ""

  /// A line that is roff already.
  mutating func line(_ line: String) { text += line + "\n" }

  mutating func macro(_ name: String, _ arguments: [String] = []) {
    line(
      ([".\(name)"] + arguments.map { "\"\(roff($0, hyphens: .minus))\"" })
        .joined(separator: " "))
  }

  /// A term and what it means, both roff already.
  mutating func entry(_ term: String, _ meaning: String) {
    macro("TP")
    line(term)
    line(meaning)
  }

  mutating func blocks(_ blocks: [Block]) {
    for block in blocks {
      switch block {
      case .paragraph(let text):
        macro("PP")
        line(roff(text))
      case .verbatim(let lines):
        macro("PP")
        macro("nf")
        for text in lines { line(roff(text, hyphens: .minus)) }
        macro("fi")
      }
    }
  }

  mutating func section(_ name: String, _ content: [Block]) {
    guard !content.isEmpty else { return }
    macro("SH", [name])
    blocks(content)
  }

  mutating func environment(_ parameters: [ParameterOutline]) {
    let named = parameters.compactMap { parameter in
      parameter.environment.map { (variable: $0, option: parameter.names[0]) }
    }
    guard !named.isEmpty else { return }
    macro("SH", ["ENVIRONMENT"])
    for (variable, option) in named {
      entry(
        roff(variable, font: "B"),
        "Stands for \(roff(option, hyphens: .minus, font: "B")) where that is not given.")
    }
  }

  /// - Parameter pages: such as "digitd(8)".
  mutating func related(_ pages: [String]) {
    guard !pages.isEmpty else { return }
    macro("SH", ["SEE ALSO"])
    line(
      pages.map { page in
        let name = page.prefix { $0 != "(" }
        return roff(String(name), hyphens: .minus, font: "B") + page.dropFirst(name.count)
      }.joined(separator: ", "))
  }
}

enum RoffHyphens {
  /// Of text: hyphens, but for options such as --batch.
  case text
  /// Of what is typed: every one can be copied from the page.
  case minus
}

/// A text as roff writes it.
/// - Parameter font: of the whole text, "B" or "I"; nil for the font around it.
func roff(_ text: String, hyphens: RoffHyphens = .text, font: String? = nil) -> String {
  let words = text.split(separator: " ", omittingEmptySubsequences: false).map { word in
    let isTyped = word.drop { "'\"([".contains($0) }.hasPrefix("-")
    return roffWord(word, minus: hyphens == .minus || isTyped)
  }
  let escaped = words.joined(separator: " ")
  guard let font else {
    // At a line's beginning these would be a command.
    return [".", "'"].contains(escaped.prefix(1)) ? "\\&" + escaped : escaped
  }
  return "\\f\(font)\(escaped)\\fR"
}

private func roffWord(_ word: Substring, minus: Bool) -> String {
  word.reduce(into: "") { escaped, character in
    switch character {
    case "\\": escaped += "\\e"
    case "-": escaped += minus ? "\\-" : "-"
    // Straight ones, as shells read them.
    case "'": escaped += "\\(aq"
    case "\"": escaped += "\\(dq"
    case "`": escaped += "\\(ga"
    case "^": escaped += "\\(ha"
    case "~": escaped += "\\(ti"
    default: escaped.append(character)
    }
  }
}
