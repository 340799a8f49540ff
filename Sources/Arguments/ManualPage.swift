extension Command {
  /// The command's manual page, in the language of `man(7)`.
  /// - Parameters:
  ///   - path: the words that name the command.
  ///   - program: whose command it is, or itself.
  func manualPage(path: [String], version: String, program: Command<Value>) -> String {
    let section = program.manual.section
    let title = path.joined(separator: "-")
    let isProgram = path.count == 1
    let description = Discussion(discussion)
    var page = RoffText()
    page.macro("TH", [title.uppercased(), "\(section)", "", "\(program.name) \(version)"])
    page.macro("SH", ["NAME"])
    page.line("\(roff(title, hyphens: .minus)) \\- \(roff(phrase(summary)))")
    page.macro("SH", ["SYNOPSIS"])
    page.line(synopsis(path))
    page.macro("SH", ["DESCRIPTION"])
    page.line(roff(summary))
    page.blocks(description.body)
    let entries = helpEntries(version: version, isProgram: isProgram)
    for name in sectionNames(entries) {
      page.macro("SH", [name.uppercased()])
      for entry in entries where entry.section == name {
        page.entry(
          name == "Commands"
            ? roff("\(title)-\(entry.label)", hyphens: .minus, font: "B") + "(\(section))"
            : styled(entry.label), roff(entry.text))
      }
    }
    page.environment(outlines)
    page.section("EXIT STATUS", description.exitStatus)
    page.section("EXAMPLES", description.examples)
    page.related(relatedPages(path: path, program: program))
    return page.text
  }

  private var outlines: [ParameterOutline] {
    switch body {
    case .leaf(let leaf): leaf.outlines
    case .branch: []
    }
  }

  /// Pages in the order in which they are listed: the program's own, then others.
  private func relatedPages(path: [String], program: Command<Value>) -> [String] {
    path.count == 1
      ? manual.related : ["\(program.name)(\(program.manual.section))"] + program.manual.related
  }

  private func synopsis(_ path: [String]) -> String {
    let words = path.joined(separator: " ")
    let rest = usage(words).dropFirst().map { part in
      part.split(separator: " ").map { word -> String in
        let name = word.drop { "[<".contains($0) }.prefix { !"]>.".contains($0) }
        let tail = word.drop { "[<".contains($0) }.dropFirst(name.count).filter { $0 != ">" }
        let head = word.hasPrefix("[") ? "[" : ""
        return head + roff(String(name), hyphens: .minus, font: name.hasPrefix("-") ? "B" : "I")
          + tail
      }.joined(separator: " ")
    }
    return ([roff(words, hyphens: .minus, font: "B")] + rest).joined(separator: " ")
  }

  /// A sentence as the phrase that follows a name: "load a server and measure it".
  private func phrase(_ sentence: String) -> String {
    let text = firstSentence(of: sentence)
    return text.prefix(1).lowercased() + text.dropFirst()
  }
}

/// "-b, --batch N" with what is typed in bold, and what stands for something else in italics.
private func styled(_ label: String) -> String {
  label.split(separator: " ").map { word in
    guard word.hasPrefix("-") else {
      let name = word.filter { !"<>".contains($0) }
      return roff(String(name), hyphens: .minus, font: "I")
    }
    let name = word.hasSuffix(",") ? word.dropLast() : word
    return roff(String(name), hyphens: .minus, font: "B") + word.dropFirst(name.count)
  }.joined(separator: " ")
}

/// Help's paragraphs, apart from those that have a heading of their own on a manual page.
private struct Discussion {
  var body: [RoffText.Block] = []
  var exitStatus: [RoffText.Block] = []
  var examples: [RoffText.Block] = []

  init(_ text: String) {
    var isExamples = false
    for block in RoffText.Block.all(in: text) {
      switch block {
      case .paragraph("Example:"), .paragraph("Examples:"): isExamples = true
      case .paragraph(let text) where text.hasPrefix("Exit status: "):
        exitStatus.append(.paragraph(String(text.dropFirst("Exit status: ".count))))
        isExamples = false
      case .verbatim where isExamples: examples.append(block)
      case .paragraph, .verbatim:
        body.append(block)
        isExamples = false
      }
    }
  }
}
