/// One parameter as help lists it.
struct HelpEntry {
  let section: String
  /// What a person writes: "-b, --batch N".
  let label: String
  let text: String
  /// The parameter in the usage line; nil for options that may be left out.
  let usage: String?

  init<Options>(_ parameter: Parameter<Options>, defaults: Options) {
    let isPositional = parameter.names.isEmpty
    section = parameter.section ?? (isPositional ? "Arguments" : "Options")
    label = ParameterOutline(parameter).label
    var notes: [String] = []
    if parameter.isRequired && !isPositional { notes.append("required") }
    if parameter.isRepeatable && !isPositional { notes.append("may be repeated") }
    if let value = parameter.valueAlone { notes.append("without a value: \(value)") }
    if let value = parameter.defaultText(defaults), !value.isEmpty {
      notes.append("default: \(value)")
    }
    if let variable = parameter.environment { notes.append("environment: \(variable)") }
    text = parameter.help + (notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))")
    let ellipsis = parameter.isRepeatable ? "..." : ""
    usage =
      switch (isPositional, parameter.isRequired) {
      case (_, true): parameter.label + ellipsis
      case (true, false): "[\(parameter.label)\(ellipsis)]"
      case (false, false): nil
      }
  }

  /// What every command has.
  init(_ outline: ParameterOutline) {
    self.init(
      section: "Options", label: outline.label, text: outline.help)
  }

  init(section: String, label: String, text: String) {
    self.section = section
    self.label = label
    self.text = text
    usage = nil
  }
}

extension Command {
  /// The help text of the command that `path` names ("digitlab train"), at most `width` columns.
  func help(path: String, version: String?, width: Int = 80) -> String {
    let entries = helpEntries(version: version, isProgram: path == name)
    let paragraphs =
      [wrap(summary, width: width), "Usage: " + usage(path).joined(separator: " ")]
      + sections(entries, width: width)
      + (discussion.isEmpty ? [] : [wrapParagraphs(discussion, width: width)])
    return paragraphs.joined(separator: "\n\n") + "\n"
  }

  /// The words of the usage line.
  func usage(_ path: String) -> [String] {
    switch body {
    case .leaf(let leaf): [path, "[options]"] + leaf.entries.compactMap(\.usage)
    case .branch: [path, "<command> [options]"]
    }
  }

  /// All that help lists, in order.
  func helpEntries(version: String?, isProgram: Bool) -> [HelpEntry] {
    let own =
      switch body {
      case .leaf(let leaf): leaf.entries
      case .branch(let subcommands):
        subcommands.map { HelpEntry(section: "Commands", label: $0.name, text: $0.summary) }
      }
    return own
      + ParameterOutline.ofEveryCommand(hasVersion: version != nil, isProgram: isProgram)
      .map(HelpEntry.init)
  }
}

/// Each section's heading over its two columns.
private func sections(_ entries: [HelpEntry], width: Int) -> [String] {
  let labelWidth = min(entries.map(\.label.count).max() ?? 0, 28)
  return sectionNames(entries).map { name in
    let rows = entries.filter { $0.section == name }
      .map { row($0, labelWidth: labelWidth, width: width) }
    return "\(name):\n" + rows.joined(separator: "\n")
  }
}

/// Arguments or commands first, then the command's own options, then what has a heading of its
/// own, in order of first mention. Where everything has one, help and version come last.
func sectionNames(_ entries: [HelpEntry]) -> [String] {
  var names: [String] = []
  for entry in entries where !names.contains(entry.section) { names.append(entry.section) }
  let leading = names.filter { ["Arguments", "Commands"].contains($0) }
  names = leading + names.filter { !leading.contains($0) }
  if let own = names.firstIndex(of: "Options"), own != names.count - 1 {
    names.remove(at: own)
    names.insert("Options", at: leading.count)
  }
  return names
}

/// "  label   text", the text wrapped in its own column; a long label has a line of its own.
private func row(_ entry: HelpEntry, labelWidth: Int, width: Int) -> String {
  let indent = labelWidth + 4
  let text = wrap(entry.text, width: width - indent)
    .split(separator: "\n", omittingEmptySubsequences: false)
    .joined(separator: "\n" + String(repeating: " ", count: indent))
  guard entry.label.count <= labelWidth else {
    return "  \(entry.label)\n" + String(repeating: " ", count: indent) + text
  }
  return "  " + entry.label
    + String(repeating: " ", count: indent - 2 - entry.label.count) + text
}

/// Wraps each paragraph; lines that are indented, such as examples, stand as they are.
func wrapParagraphs(_ text: String, width: Int) -> String {
  var lines: [String] = []
  var paragraph: [Substring] = []
  func flush() {
    guard !paragraph.isEmpty else { return }
    lines.append(wrap(paragraph.joined(separator: " "), width: width))
    paragraph = []
  }
  for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
    if line.isEmpty || line.hasPrefix(" ") {
      flush()
      lines.append(String(line))
    } else {
      paragraph.append(line)
    }
  }
  flush()
  return lines.joined(separator: "\n")
}

/// Breaks lines between words so that none is longer than `width`, words permitting.
func wrap(_ text: String, width: Int) -> String {
  var lines: [String] = []
  for word in text.split(separator: " ") {
    if let line = lines.last, line.count + 1 + word.count <= width {
      lines[lines.count - 1] = line + " " + word
    } else {
      lines.append(String(word))
    }
  }
  return lines.joined(separator: "\n")
}
