extension Completions {
  /// For a file in fish's folder of completions: one `complete` for each name and option.
  var fishScript: String {
    var lines = [
      "# Completion of \(program) for fish, made by '\(program) --generate complete-fish'.",
      "complete -c \(program) -f",
    ]
    let isRoot = commands.isEmpty ? "" : " -n __fish_use_subcommand"
    lines += commands.map { level in
      "complete -c \(program)\(isRoot) -a \(level.name) -d \(fishQuoted(level.summary))"
    }
    lines += root.parameters.map { line($0, condition: isRoot) }
    for level in commands {
      let condition = " -n '__fish_seen_subcommand_from \(level.name)'"
      lines += level.parameters.map { line($0, condition: condition) }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(_ parameter: ParameterOutline, condition: String) -> String {
    let start = "complete -c \(program)\(condition)"
    let names = parameter.names.map { name in
      name.hasPrefix("--") ? " -l \(name.dropFirst(2))" : " -s \(name.dropFirst())"
    }.joined()
    let description = " -d \(fishQuoted(parameter.summary))"
    switch parameter.form {
    case .flag: return start + names + description
    case .positional: return start + (parameter.completion == .files ? " -F" : "")
    case .option:
      guard !parameter.isValueOptional else { return start + names + description }
      return start + names + value(parameter.completion) + description
    }
  }

  private func value(_ value: CompletedValue) -> String {
    switch value {
    case .choices(let choices): " -x -a '\(choices.joined(separator: " "))'"
    case .files: " -r -F"
    case .folders: " -x -a '(__fish_complete_directories)'"
    case .free: " -x"
    }
  }

  private func fishQuoted(_ text: String) -> String {
    let escaped = text.reduce(into: "") { escaped, character in
      if "'\\".contains(character) { escaped.append("\\") }
      escaped.append(character)
    }
    return "'\(escaped)'"
  }
}
