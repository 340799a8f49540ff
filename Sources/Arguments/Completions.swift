/// What a shell may complete on the command lines of one program.
struct Completions {
  /// The program itself, or one of its commands.
  struct Level {
    let name: String
    let summary: String
    let parameters: [ParameterOutline]
  }

  let program: String
  /// What the program takes in front of a command, or all it takes where it has none.
  let root: Level
  let commands: [Level]
}

extension Command {
  /// - Precondition: commands have no commands of their own.
  func completions(version: String) -> Completions {
    let commands: [Completions.Level] =
      switch body {
      case .leaf: []
      case .branch(let subcommands): subcommands.map { $0.level(isProgram: false) }
      }
    return Completions(program: name, root: level(isProgram: true), commands: commands)
  }

  private func level(isProgram: Bool) -> Completions.Level {
    let own: [ParameterOutline]
    switch body {
    case .leaf(let leaf): own = leaf.outlines
    case .branch:
      precondition(isProgram, "expected '\(name)' to have no commands of its own")
      own = []
    }
    return Completions.Level(
      name: name, summary: firstSentence(of: summary),
      parameters: own + ParameterOutline.ofEveryCommand(hasVersion: true, isProgram: isProgram))
  }
}

extension Completions.Level {
  var options: [ParameterOutline] { parameters.filter { !$0.names.isEmpty } }
  var positionals: [ParameterOutline] { parameters.filter(\.names.isEmpty) }
}

/// A shell's function that completes a program: "_digitctl".
func completionFunction(_ program: String) -> String {
  "_" + String(program.map { $0.isLetter || $0.isNumber ? $0 : "_" })
}

/// A word between single quotes as POSIX shells and zsh read it.
func shellQuoted(_ text: String) -> String {
  "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
    + "'"
}
