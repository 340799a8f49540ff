/// A text that a program makes of its own declarations, for others to install.
enum GeneratedText: String, CaseIterable, ArgumentValue {
  case manual = "man"
  case bash = "complete-bash"
  case zsh = "complete-zsh"
  case fish = "complete-fish"
}

/// What a manual page says beside what help does.
package struct Manual {
  /// 1 for programs that people use, 8 for those of administrators.
  let section: Int
  /// Pages to see, too: "digitd(8)".
  let related: [String]

  package init(section: Int = 1, related: [String] = []) {
    self.section = section
    self.related = related
  }
}

extension Command {
  /// The text that a command line beginning with `--generate` asks for; nil for any other.
  func generated(_ arguments: [String], version: String) throws(UsageError) -> String? {
    let option = "--generate"
    guard var words = arguments.first?.split(separator: "=", maxSplits: 1).map(String.init),
      words.first == option
    else { return nil }
    words += arguments.dropFirst()
    guard words.count > 1 else {
      throw UsageError(
        .missingValue(option: option, expected: GeneratedText.expectation), command: name)
    }
    guard let kind = GeneratedText(argument: words[1]) else {
      throw UsageError(
        .invalidValue(
          parameter: option, value: words[1], expected: GeneratedText.expectation,
          nearest: nearest(to: words[1], among: GeneratedText.choices)), command: name)
    }
    let rest = words.dropFirst(2)
    switch kind {
    case .manual: return try manualPage(of: rest.first, version: version)
    case .bash, .zsh, .fish:
      if let word = rest.first { throw UsageError(.unexpectedArgument(word), command: name) }
      return completions(version: version).script(kind)
    }
  }

  private func manualPage(of word: String?, version: String) throws(UsageError) -> String {
    guard let word else { return manualPage(path: [name], version: version, program: self) }
    guard case .branch(let subcommands) = body,
      let command = subcommands.first(where: { $0.name == word })
    else { throw UsageError(.unexpectedArgument(word), command: name) }
    return command.manualPage(path: [name, word], version: version, program: self)
  }
}

extension Completions {
  func script(_ kind: GeneratedText) -> String {
    switch kind {
    case .bash: bashScript
    case .zsh: zshScript
    case .fish: fishScript
    case .manual: preconditionFailure("a manual page is no shell's")
    }
  }
}
